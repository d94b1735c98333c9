-- One index of attempts instead of two: they are looked for by their delivery and by nothing else, and within it they are in
-- order. Nothing can be written to the log while the new one is made. The names of the old ones depend on the prefix, and are
-- looked up.
DO $$
BEGIN
    EXECUTE (
        SELECT 'ALTER TABLE posthorn_attempt DROP CONSTRAINT ' || quote_ident(conname) FROM pg_constraint
        WHERE conrelid = 'posthorn_attempt'::regclass AND contype = 'p'
    );
    EXECUTE (
        SELECT 'DROP INDEX ' || i.indexrelid::regclass FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attname = 'delivery_id'
        WHERE i.indrelid = 'posthorn_attempt'::regclass
        -- The eldest, should somebody have made another.
        ORDER BY i.indexrelid LIMIT 1
    );
END
$$;
ALTER TABLE posthorn_attempt ADD PRIMARY KEY (delivery_id, id);
