/** The origin of the API. Empty means the page's own origin. The build sets it. */
declare const API: string;

/** The files of one part of the messages, by language; of `messages:names`, the names of the languages. */
declare module 'messages:*' {
    const files: Record<string, string>;
    export default files;
}

/** A stylesheet that only one page loads. */
declare module '*.css';
