-- Grows when an organisation comes or goes, so that every node can tell.
INSERT INTO counter (name, value) VALUES ('organizations', 0);
