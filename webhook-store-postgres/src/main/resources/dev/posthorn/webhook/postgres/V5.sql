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
        SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indrelid = 'posthorn_attempt'::regclass
    );
END
$$;
ALTER TABLE posthorn_attempt ADD PRIMARY KEY (delivery_id, id);
