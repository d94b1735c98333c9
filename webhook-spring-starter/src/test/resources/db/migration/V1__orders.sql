CREATE SCHEMA webhooks;
CREATE TABLE orders (id integer PRIMARY KEY);
