import { node } from "../../../node.ts";

const answer = async (request: Request): Promise<Response> => (await node()).fetch(request);

export { answer as DELETE, answer as GET, answer as HEAD, answer as OPTIONS, answer as POST };
export const dynamic = "force-dynamic";
export const runtime = "nodejs";
