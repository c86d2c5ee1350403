export async function test() {}
