import { keyset } from "carryout/export";

interface Place {
  id: number;
  name: string;
}

/** What the example needs of the client that Prisma makes of a schema. */
export interface PrismaClient {
  place: {
    findMany(query: {
      where?: { id: { gt: number } };
      orderBy: { id: "asc" };
      take: number;
    }): Promise<Place[]>;
  };
}

export const byPrisma = (prisma: PrismaClient) =>
  keyset<Place, "id">({
    key: "id",
    page: ({ after, limit }) =>
      prisma.place.findMany({
        ...(after && { where: { id: { gt: after.id } } }),
        orderBy: { id: "asc" },
        take: limit,
      }),
  });
