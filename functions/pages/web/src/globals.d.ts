/** The origin of the API. Empty means the page's own origin. The build sets it. */
declare const API: string;

/** The files of one part of the messages, by language. */
declare module 'messages:*' {
    const files: Record<string, string>;
    export default files;
}
