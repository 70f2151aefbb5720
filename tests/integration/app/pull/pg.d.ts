// What of node-postgres and Node the reader uses.
declare module "pg" {
  class Client {
    constructor(options: { connectionString: string | undefined });
    connect(): Promise<void>;
    query<Row>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
    end(): Promise<void>;
  }
  const pg: { Client: typeof Client };
  export default pg;
}
declare const process: { argv: string[] };
