-- A database of somebody else, with what hand-written schemas hold.
CREATE SCHEMA shop;
CREATE TYPE "Order State" AS ENUM ('new', 'in progress', 'sent-off', 'sent_off', 'class');
CREATE TYPE shop.size AS ENUM ('S', 'M', 'L');
CREATE DOMAIN email AS text CHECK (VALUE ~ '^[^@[:space:]]+@[^@]+$');
CREATE DOMAIN shop.amount AS numeric(12, 2) NOT NULL DEFAULT 0 CHECK (VALUE >= 0);
CREATE SEQUENCE invoice_number START 1000 INCREMENT 5;

CREATE TABLE "order" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "class" text NOT NULL DEFAULT 'at :noon',
    metadata jsonb NOT NULL DEFAULT '{}',
    state "Order State" NOT NULL DEFAULT 'new',
    past_states "Order State"[] NOT NULL DEFAULT '{}',
    "Total Amount" numeric(10, 2) NOT NULL,
    "2nd line" text,
    contact email,
    str text, "list" text[], datetime timestamptz NOT NULL DEFAULT now(), __hidden int,
    valid daterange NOT NULL DEFAULT 'empty',
    invoice bigint NOT NULL DEFAULT nextval('invoice_number'),
    tax numeric GENERATED ALWAYS AS ("Total Amount" * 0.2) STORED,
    CHECK (str <> ' :colon %s \:back'),
    CHECK ("class" <> E'line\nbreak */ """ \\'),
    CONSTRAINT "order's check" CHECK ("Total Amount" >= 0)
);
COMMENT ON TABLE "order" IS 'Ends a comment: */ and """ a docstring';
CREATE INDEX "order by lower" ON "order" (lower("class") DESC NULLS LAST, "Total Amount")
    INCLUDE (state) WHERE state <> 'sent-off';
CREATE INDEX ix_order_datetime ON "order" (datetime) WHERE contact IS NOT NULL;
CREATE INDEX order_metadata ON "order" USING gin (metadata jsonb_path_ops);

CREATE TABLE shop.product (
    tenant int NOT NULL,
    code varchar(20) NOT NULL,
    price shop.amount,
    sizes shop.size[],
    picture bytea,
    since interval NOT NULL DEFAULT '1 day',
    parent varchar(20),
    position serial NOT NULL,
    PRIMARY KEY (tenant, code),
    FOREIGN KEY (tenant, parent) REFERENCES shop.product DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (tenant, position) DEFERRABLE,
    EXCLUDE USING btree (picture WITH =)
);
CREATE TABLE shop.order_line (
    order_id bigint REFERENCES public."order" ON DELETE CASCADE,
    tenant int,
    code varchar(20),
    UNIQUE NULLS NOT DISTINCT (order_id, code),
    FOREIGN KEY (tenant, code) REFERENCES shop.product MATCH FULL
);
CREATE VIEW shop."dear orders" AS SELECT id, "Total Amount", state FROM public."order" WHERE "Total Amount" > 100;
CREATE MATERIALIZED VIEW totals AS SELECT state, sum("Total Amount") AS total FROM "order" GROUP BY state;
CREATE TABLE event (day date NOT NULL, what text NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER nothing BEFORE INSERT ON "order" FOR EACH ROW EXECUTE FUNCTION nothing();
