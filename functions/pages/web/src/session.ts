// What survives a reload of the page, and ends with the tab. If the browser refuses storage, nothing survives.

/** Stores a value until `until`, in milliseconds of this machine's clock. */
export function store(name: string, value: unknown, until = Infinity): void {
    try {
        sessionStorage.setItem(`rekey.${name}`, JSON.stringify({ value, until: until === Infinity ? null : until }));
    } catch {
        // The page works without it.
    }
}

/** Returns what was stored, or `undefined` if there is nothing or its time is over. */
export function stored<T>(name: string): T | undefined {
    try {
        const { value, until } = JSON.parse(sessionStorage.getItem(`rekey.${name}`) ?? '{}');
        if (typeof until === 'number' && Date.now() >= until) {
            forget(name);
            return undefined;
        }
        return value as T | undefined;
    } catch {
        return undefined;
    }
}

/** Removes what was stored. */
export function forget(name: string): void {
    try {
        sessionStorage.removeItem(`rekey.${name}`);
    } catch {
        // There is nothing to remove.
    }
}
