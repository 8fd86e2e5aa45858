-- A ledger as the version before migration 0008 has left it: the catalog of
-- examples/catalog.toml, applied twice with another minimum, a login of each
-- client, and two reports that nobody has fetched.
CREATE TABLE access_token (
    partition bigint NOT NULL,
    client bytea NOT NULL,
    hash bytea NOT NULL,
    expires bigint NOT NULL
);
CREATE TABLE audit (
    partition bigint NOT NULL,
    organization bytea NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    client bytea NOT NULL,
    action text NOT NULL COLLATE pg_catalog."C",
    object text NOT NULL COLLATE pg_catalog."C",
    detail text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE client (
    id bytea NOT NULL,
    organization bytea NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    permissions text NOT NULL COLLATE pg_catalog."C",
    token_seconds bigint NOT NULL,
    version bigint NOT NULL,
    changed bigint NOT NULL,
    CONSTRAINT client_id_check CHECK ((length(id) = 16))
);
CREATE TABLE client_secret (
    client bytea NOT NULL,
    number bigint NOT NULL,
    salt bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE contract (
    number text NOT NULL COLLATE pg_catalog."C",
    organization bytea NOT NULL,
    currency text NOT NULL COLLATE pg_catalog."C",
    time_zone text NOT NULL COLLATE pg_catalog."C",
    starts bigint NOT NULL,
    ends bigint,
    version bigint NOT NULL,
    changed bigint NOT NULL
);
CREATE TABLE contract_product (
    contract text NOT NULL COLLATE pg_catalog."C",
    product text NOT NULL COLLATE pg_catalog."C",
    begins bigint NOT NULL
);
CREATE TABLE contract_version (
    contract text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    changed bigint NOT NULL,
    client bytea NOT NULL,
    body text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE counter (
    name text NOT NULL COLLATE pg_catalog."C",
    value bigint NOT NULL
);
CREATE TABLE head (
    partition bigint NOT NULL,
    last bigint NOT NULL,
    received bigint NOT NULL
);
CREATE UNLOGGED TABLE hits (
    partition bigint NOT NULL,
    what bytea NOT NULL,
    ends bigint NOT NULL,
    requests bigint NOT NULL
);
CREATE TABLE identity_filter (
    partition bigint NOT NULL,
    run bigint NOT NULL,
    chunk bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY identity_filter ALTER COLUMN blob SET STORAGE EXTERNAL;
CREATE TABLE identity_page (
    partition bigint NOT NULL,
    run bigint NOT NULL,
    page bigint NOT NULL,
    lowest bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY identity_page ALTER COLUMN blob SET STORAGE EXTERNAL;
CREATE TABLE identity_run (
    partition bigint NOT NULL,
    run bigint NOT NULL,
    entries bigint NOT NULL,
    live bigint NOT NULL
);
CREATE TABLE journal (
    partition bigint NOT NULL,
    seq bigint NOT NULL,
    events bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY journal ALTER COLUMN blob SET STORAGE EXTERNAL;
CREATE TABLE ledger (
    partition bigint NOT NULL,
    folded bigint NOT NULL,
    next_run bigint NOT NULL,
    run_changes bigint DEFAULT 0 NOT NULL,
    rollup_changes bigint DEFAULT 0 NOT NULL
);
CREATE TABLE mark (
    partition bigint NOT NULL,
    seq bigint NOT NULL,
    received bigint NOT NULL
);
CREATE TABLE meter (
    number bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE meter_version (
    meter bigint NOT NULL,
    version bigint NOT NULL,
    begins bigint NOT NULL,
    event_type text NOT NULL COLLATE pg_catalog."C",
    aggregation text NOT NULL COLLATE pg_catalog."C",
    quantity text COLLATE pg_catalog."C",
    round_up_each text COLLATE pg_catalog."C",
    peak_minutes bigint NOT NULL,
    family text COLLATE pg_catalog."C",
    rank bigint,
    epoch bigint NOT NULL
);
CREATE TABLE migration (
    name text NOT NULL
);
CREATE TABLE organization (
    id bytea NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    operator bigint DEFAULT 0 NOT NULL,
    version bigint NOT NULL,
    changed bigint NOT NULL,
    CONSTRAINT organization_id_check CHECK ((length(id) = 16))
);
CREATE TABLE product (
    sku text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    charge text NOT NULL COLLATE pg_catalog."C",
    meter text NOT NULL COLLATE pg_catalog."C",
    "grouping" text NOT NULL COLLATE pg_catalog."C",
    unit text NOT NULL COLLATE pg_catalog."C",
    unit_of_measure text NOT NULL COLLATE pg_catalog."C",
    bundle text NOT NULL COLLATE pg_catalog."C",
    third_party bigint NOT NULL,
    cancellable bigint NOT NULL,
    version bigint NOT NULL,
    changed bigint NOT NULL
);
CREATE TABLE report_job (
    partition bigint NOT NULL,
    organization bytea NOT NULL,
    range_start bigint NOT NULL,
    range_end bigint NOT NULL,
    state bigint NOT NULL,
    changed bigint NOT NULL,
    delivered bigint DEFAULT 0 NOT NULL,
    etag text COLLATE pg_catalog."C",
    body bytea
);
CREATE TABLE rollup (
    partition bigint NOT NULL,
    organization bytea NOT NULL,
    day bigint NOT NULL,
    epoch bigint NOT NULL,
    last_seq bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY rollup ALTER COLUMN blob SET STORAGE EXTERNAL;
CREATE TABLE segment (
    partition bigint NOT NULL,
    organization bytea NOT NULL,
    day bigint NOT NULL,
    part bigint NOT NULL,
    events bigint NOT NULL,
    min_time bigint NOT NULL,
    max_time bigint NOT NULL,
    min_seq bigint NOT NULL,
    max_seq bigint NOT NULL,
    blob bytea NOT NULL,
    data bytea NOT NULL
);
ALTER TABLE ONLY segment ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE ONLY segment ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE setting (
    name text NOT NULL COLLATE pg_catalog."C",
    value bytea NOT NULL
);
CREATE TABLE subject (
    partition bigint NOT NULL,
    organization bytea NOT NULL,
    block bigint NOT NULL,
    subjects bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY subject ALTER COLUMN blob SET STORAGE EXTERNAL;
CREATE TABLE trust (
    trustee bytea NOT NULL,
    trustor bytea NOT NULL,
    enabled bigint NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    changed bigint NOT NULL
);
CREATE TABLE void (
    partition bigint NOT NULL,
    organization bytea NOT NULL,
    day bigint NOT NULL,
    last_seq bigint NOT NULL,
    blob bytea NOT NULL
);
ALTER TABLE ONLY void ALTER COLUMN blob SET STORAGE EXTERNAL;
INSERT INTO access_token VALUES (0, '\x01a2297f60c779688b9b33903d16f923', '\xe4688978c354904e6891ce40e7fcb9e057c49cb2d24f4455823466386f8d2203', 1796078950250595);
INSERT INTO access_token VALUES (0, '\x01a2297f60c779688b9b33903d16f923', '\x536a173fd46da2d1d25b090fd84990d3475353a3f5d3391c44b3ad131c18b1d0', 1796078952003871);
INSERT INTO access_token VALUES (0, '\xaaaaaaaa000040008000000000000001', '\xd48d7e8cae4d8bb99452bb2f3453472bed5bd37bc0bd30dd24aa5ab0cdaba177', 1796078952410474);
INSERT INTO access_token VALUES (0, '\xaaaaaaaa000040008000000000000002', '\xc3194c5bb1a409d02bd3e7e37c8711888acba7860f07f7f1f5eeb42eab9efcbc', 1796078954627961);
INSERT INTO access_token VALUES (0, '\xaaaaaaaa000040008000000000000003', '\x4c7c633b349397614ced8260b573b4b37b4400875cefe2a885fed17d29d2a8ba', 1795996157289214);
INSERT INTO access_token VALUES (0, '\x01a2297f60c779688b9b33903d16f923', '\xb8c687de6b313d8df0fc5456620eefdeeca94939127e90d1caab1d441e10bbb1', 1796078960456693);
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 1, 1795992543431719, '\x01a2297f60c779688b9b33903d16f923', 'ledger.initialise', '01a2297f-60c7-7ce3-ab54-b1b1cb7adbad', 'Operator');
INSERT INTO audit VALUES (0, '\x11111111111141118111111111111111', 1, 1795992550490317, '\x01a2297f60c779688b9b33903d16f923', 'organization.put', '11111111-1111-4111-8111-111111111111', 'Northwind Partners');
INSERT INTO audit VALUES (0, '\x22222222222242228222222222222222', 1, 1795992550565550, '\x01a2297f60c779688b9b33903d16f923', 'organization.put', '22222222-2222-4222-8222-222222222222', 'Acme Ltd');
INSERT INTO audit VALUES (0, '\x33333333333343338333333333333333', 1, 1795992550602145, '\x01a2297f60c779688b9b33903d16f923', 'organization.put', '33333333-3333-4333-8333-333333333333', 'Borealis Health');
INSERT INTO audit VALUES (0, '\x44444444444444448444444444444444', 1, 1795992550623368, '\x01a2297f60c779688b9b33903d16f923', 'organization.put', '44444444-4444-4444-8444-444444444444', 'Cedar Logistics');
INSERT INTO audit VALUES (0, '\x11111111111141118111111111111111', 2, 1795992550643565, '\x01a2297f60c779688b9b33903d16f923', 'client.put', 'aaaaaaaa-0000-4000-8000-000000000001', 'with a new secret');
INSERT INTO audit VALUES (0, '\x22222222222242228222222222222222', 2, 1795992550664149, '\x01a2297f60c779688b9b33903d16f923', 'client.put', 'aaaaaaaa-0000-4000-8000-000000000002', 'with a new secret');
INSERT INTO audit VALUES (0, '\x33333333333343338333333333333333', 2, 1795992550684063, '\x01a2297f60c779688b9b33903d16f923', 'client.put', 'aaaaaaaa-0000-4000-8000-000000000003', 'with a new secret');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 2, 1795992550695065, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'genesys-cloud-cx-2', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 3, 1795992550706288, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'genesys-cloud-cx-3', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 4, 1795992550709906, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'voice-minutes', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 5, 1795992550735116, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'messages', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 6, 1795992550750735, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'storage-gb', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 7, 1795992550759178, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'agent-hours', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 8, 1795992550770199, '\x01a2297f60c779688b9b33903d16f923', 'meter.put', 'concurrent-agents', 'version 1');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 9, 1795992550795483, '\x01a2297f60c779688b9b33903d16f923', 'product.put', 'GC-170-NV-CX2', 'Genesys Cloud CX 2');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 10, 1795992550805945, '\x01a2297f60c779688b9b33903d16f923', 'product.put', 'GC-170-NV-CX3', 'Genesys Cloud CX 3');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 11, 1795992550822334, '\x01a2297f60c779688b9b33903d16f923', 'product.put', 'CONCURRENT', 'Concurrent agents');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 12, 1795992550829578, '\x01a2297f60c779688b9b33903d16f923', 'product.put', 'VOICE-MIN', 'Voice minutes');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 13, 1795992550844699, '\x01a2297f60c779688b9b33903d16f923', 'product.put', 'MESSAGES-10', 'Messages');
INSERT INTO audit VALUES (0, '\x01a2297f60c77ce3ab54b1b1cb7adbad', 14, 1795992550853728, '\x01a2297f60c779688b9b33903d16f923', 'product.put', 'VAULT-GB', 'Vault storage');
INSERT INTO audit VALUES (0, '\x22222222222242228222222222222222', 3, 1795992550866764, '\x01a2297f60c779688b9b33903d16f923', 'contract.put', 'C-1001', 'version 1');
INSERT INTO audit VALUES (0, '\x33333333333343338333333333333333', 3, 1795992550899114, '\x01a2297f60c779688b9b33903d16f923', 'contract.put', 'C-1002', 'version 1');
INSERT INTO audit VALUES (0, '\x44444444444444448444444444444444', 2, 1795992550910076, '\x01a2297f60c779688b9b33903d16f923', 'contract.put', 'C-1003', 'version 1');
INSERT INTO audit VALUES (0, '\x22222222222242228222222222222222', 4, 1795992550922731, '\x01a2297f60c779688b9b33903d16f923', 'trust.put', '11111111-1111-4111-8111-111111111111', 'enabled');
INSERT INTO audit VALUES (0, '\x33333333333343338333333333333333', 4, 1795992551390964, '\x01a2297f60c779688b9b33903d16f923', 'trust.put', '11111111-1111-4111-8111-111111111111', 'enabled');
INSERT INTO audit VALUES (0, '\x44444444444444448444444444444444', 3, 1795992551663855, '\x01a2297f60c779688b9b33903d16f923', 'trust.put', '11111111-1111-4111-8111-111111111111', 'enabled');
INSERT INTO audit VALUES (0, '\x22222222222242228222222222222222', 5, 1795992552133067, '\x01a2297f60c779688b9b33903d16f923', 'contract.put', 'C-1001', 'version 2');
INSERT INTO audit VALUES (0, '\x33333333333343338333333333333333', 5, 1795992563816178, '\x01a2297f60c779688b9b33903d16f923', 'report.read', 'billableusage', '2026-10-01T00:00:00.000Z/2026-11-01T00:00:00.000Z');
INSERT INTO client VALUES ('\x01a2297f60c779688b9b33903d16f923', '\x01a2297f60c77ce3ab54b1b1cb7adbad', 'operator', '["*"]', 86400, 1, 1795992543431719);
INSERT INTO client VALUES ('\xaaaaaaaa000040008000000000000001', '\x11111111111141118111111111111111', 'partner reader', '["affiliateOrganization:clientBilling:view","authorization:orgTrustor:view","billing:subscription:view"]', 86400, 1, 1795992550643565);
INSERT INTO client VALUES ('\xaaaaaaaa000040008000000000000002', '\x22222222222242228222222222222222', 'acme reader', '["billing:subscription:view"]', 86400, 1, 1795992550664149);
INSERT INTO client VALUES ('\xaaaaaaaa000040008000000000000003', '\x33333333333343338333333333333333', 'borealis switch', '["billing:subscription:view","billing:usage:add"]', 3600, 1, 1795992550684063);
INSERT INTO client_secret VALUES ('\x01a2297f60c779688b9b33903d16f923', 1, '\xdbd02b860fa954396c216e6089ae011a', '\x9cdde612863ee34bc62b6bf728c1b9c892bce9a1bb4961b324e27366c526266d');
INSERT INTO client_secret VALUES ('\xaaaaaaaa000040008000000000000001', 1, '\xba0f5fdf45c65ddb34317ffd1c67bb0d', '\x42aa67364187331f631b8aeb78cae9e491a3516dac36462f33f2d2c46b6d2861');
INSERT INTO client_secret VALUES ('\xaaaaaaaa000040008000000000000002', 1, '\xf213eb53f8d24d26c30eafbf9c09bf7a', '\x3730df6453dc8e7db36e6b38432e956f63d0c136d90a1a33434824414c0382c5');
INSERT INTO client_secret VALUES ('\xaaaaaaaa000040008000000000000003', 1, '\x9476cd3f7b5de0e528c47e2c43816c2e', '\x657f31f58d6d1576c9dd3f29b9104b1e6578316b7c61150e812447d317b2ab77');
INSERT INTO contract VALUES ('C-1002', '\x33333333333343338333333333333333', 'EUR', 'Europe/Berlin', 1774994400000000, 1838152800000000, 1, 1795992550899114);
INSERT INTO contract VALUES ('C-1003', '\x44444444444444448444444444444444', 'USD', 'America/Chicago', 1790830800000000, NULL, 1, 1795992550910076);
INSERT INTO contract VALUES ('C-1001', '\x22222222222242228222222222222222', 'USD', 'UTC', 1767225600000000, 1830297600000000, 2, 1795992552133067);
INSERT INTO contract_product VALUES ('C-1002', 'GC-170-NV-CX2', 1774994400000000);
INSERT INTO contract_product VALUES ('C-1002', 'VOICE-MIN', 1774994400000000);
INSERT INTO contract_product VALUES ('C-1003', 'CONCURRENT', 1790830800000000);
INSERT INTO contract_product VALUES ('C-1003', 'MESSAGES-10', 1790830800000000);
INSERT INTO contract_product VALUES ('C-1003', 'VOICE-MIN', 1790830800000000);
INSERT INTO contract_product VALUES ('C-1001', 'GC-170-NV-CX2', 1767225600000000);
INSERT INTO contract_product VALUES ('C-1001', 'GC-170-NV-CX3', 1767225600000000);
INSERT INTO contract_product VALUES ('C-1001', 'MESSAGES-10', 1767225600000000);
INSERT INTO contract_product VALUES ('C-1001', 'VAULT-GB', 1767225600000000);
INSERT INTO contract_product VALUES ('C-1001', 'VOICE-MIN', 1767225600000000);
INSERT INTO contract_version VALUES ('C-1001', 1, 1795992550866764, '\x01a2297f60c779688b9b33903d16f923', '{"organization":"22222222-2222-4222-8222-222222222222","subscription":"PREPAY_MONTHLY_COMMITMENT","currency":"USD","start":"2026-01-01","end":"2027-12-31","rampStart":"2026-01-01","rampEnd":"2026-01-31","rampUsage":"free","minimumMonthly":"900.00","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"4","prepayPrice":"115.00","overagePrice":"140.00"},{"product":"GC-170-NV-CX2","prepayQuantity":"3","prepayPrice":"75.00","overagePrice":"95.00"},{"product":"VOICE-MIN","tierMode":"graduated","tiers":[{"upTo":"200","price":"0.20"},{"price":"0.15","flat":"5.00"}],"allowance":"100","fairUse":[{"licence":"GC-170-NV-CX3","amount":"50"}]},{"product":"MESSAGES-10","prepayQuantity":"2","prepayPrice":"0.40","overagePrice":"0.55"},{"product":"VAULT-GB","overagePrice":"0.12"}],"amendments":[{"effective":"2026-10-16","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"5"}]}]}');
INSERT INTO contract_version VALUES ('C-1002', 1, 1795992550899114, '\x01a2297f60c779688b9b33903d16f923', '{"organization":"33333333-3333-4333-8333-333333333333","subscription":"PREPAY","currency":"EUR","timeZone":"Europe/Berlin","start":"2026-04-01","end":"2028-03-31","lines":[{"product":"GC-170-NV-CX2","prepayQuantity":"2","prepayPrice":"69.00","overagePrice":"88.00"},{"product":"VOICE-MIN","overagePrice":"0.18","allowance":"150"}]}');
INSERT INTO contract_version VALUES ('C-1003', 1, 1795992550910076, '\x01a2297f60c779688b9b33903d16f923', '{"organization":"44444444-4444-4444-8444-444444444444","subscription":"MONTH_TO_MONTH","currency":"USD","timeZone":"America/Chicago","start":"2026-10-01","lines":[{"product":"CONCURRENT","overagePrice":"99.00"},{"product":"VOICE-MIN","tierMode":"package","size":"100","tiers":[{"price":"17.00"}]},{"product":"MESSAGES-10","overagePrice":"0.60"}]}');
INSERT INTO contract_version VALUES ('C-1001', 2, 1795992552133067, '\x01a2297f60c779688b9b33903d16f923', '{"organization":"22222222-2222-4222-8222-222222222222","subscription":"PREPAY_MONTHLY_COMMITMENT","currency":"USD","start":"2026-01-01","end":"2027-12-31","rampStart":"2026-01-01","rampEnd":"2026-01-31","rampUsage":"free","minimumMonthly":"950.00","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"4","prepayPrice":"115.00","overagePrice":"140.00"},{"product":"GC-170-NV-CX2","prepayQuantity":"3","prepayPrice":"75.00","overagePrice":"95.00"},{"product":"VOICE-MIN","tierMode":"graduated","tiers":[{"upTo":"200","price":"0.20"},{"price":"0.15","flat":"5.00"}],"allowance":"100","fairUse":[{"licence":"GC-170-NV-CX3","amount":"50"}]},{"product":"MESSAGES-10","prepayQuantity":"2","prepayPrice":"0.40","overagePrice":"0.55"},{"product":"VAULT-GB","overagePrice":"0.12"}],"amendments":[{"effective":"2026-10-16","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"5"}]}]}');
INSERT INTO counter VALUES ('organizations', 5);
INSERT INTO counter VALUES ('meter', 7);
INSERT INTO counter VALUES ('meter_epoch', 7);
INSERT INTO head VALUES (0, 0, 0);
INSERT INTO head VALUES (1, 0, 0);
INSERT INTO head VALUES (2, 0, 0);
INSERT INTO head VALUES (3, 0, 0);
INSERT INTO head VALUES (4, 0, 0);
INSERT INTO head VALUES (5, 0, 0);
INSERT INTO head VALUES (6, 0, 0);
INSERT INTO head VALUES (7, 0, 0);
INSERT INTO head VALUES (8, 0, 0);
INSERT INTO head VALUES (9, 0, 0);
INSERT INTO head VALUES (10, 0, 0);
INSERT INTO head VALUES (11, 0, 0);
INSERT INTO head VALUES (12, 0, 0);
INSERT INTO head VALUES (13, 0, 0);
INSERT INTO head VALUES (14, 0, 0);
INSERT INTO head VALUES (15, 0, 0);
INSERT INTO hits VALUES (0, '\x7401a2297f60c779688b9b33903d16f923e4688978c354904e6891ce40e7fcb9e057c49cb2d24f4455823466386f8d2203', 1795992610469795, 26);
INSERT INTO hits VALUES (0, '\x7401a2297f60c779688b9b33903d16f923536a173fd46da2d1d25b090fd84990d3475353a3f5d3391c44b3ad131c18b1d0', 1795992612024664, 26);
INSERT INTO hits VALUES (0, '\x63aaaaaaaa000040008000000000000001', 1795992612411697, 1);
INSERT INTO hits VALUES (0, '\x63aaaaaaaa000040008000000000000002', 1795992614759768, 1);
INSERT INTO hits VALUES (0, '\x63aaaaaaaa000040008000000000000003', 1795992617333034, 1);
INSERT INTO hits VALUES (0, '\x6301a2297f60c779688b9b33903d16f923', 1795992610431830, 3);
INSERT INTO hits VALUES (0, '\x74aaaaaaaa000040008000000000000002c3194c5bb1a409d02bd3e7e37c8711888acba7860f07f7f1f5eeb42eab9efcbc', 1795992623220758, 1);
INSERT INTO hits VALUES (0, '\x7401a2297f60c779688b9b33903d16f923b8c687de6b313d8df0fc5456620eefdeeca94939127e90d1caab1d441e10bbb1', 1795992623684052, 1);
INSERT INTO ledger VALUES (0, 0, 0, 0, 0);
INSERT INTO ledger VALUES (1, 0, 0, 0, 0);
INSERT INTO ledger VALUES (2, 0, 0, 0, 0);
INSERT INTO ledger VALUES (3, 0, 0, 0, 0);
INSERT INTO ledger VALUES (4, 0, 0, 0, 0);
INSERT INTO ledger VALUES (5, 0, 0, 0, 0);
INSERT INTO ledger VALUES (6, 0, 0, 0, 0);
INSERT INTO ledger VALUES (7, 0, 0, 0, 0);
INSERT INTO ledger VALUES (8, 0, 0, 0, 0);
INSERT INTO ledger VALUES (9, 0, 0, 0, 0);
INSERT INTO ledger VALUES (10, 0, 0, 0, 0);
INSERT INTO ledger VALUES (11, 0, 0, 0, 0);
INSERT INTO ledger VALUES (12, 0, 0, 0, 0);
INSERT INTO ledger VALUES (13, 0, 0, 0, 0);
INSERT INTO ledger VALUES (14, 0, 0, 0, 0);
INSERT INTO ledger VALUES (15, 0, 0, 0, 0);
INSERT INTO meter VALUES (1, 'genesys-cloud-cx-2');
INSERT INTO meter VALUES (2, 'genesys-cloud-cx-3');
INSERT INTO meter VALUES (3, 'voice-minutes');
INSERT INTO meter VALUES (4, 'messages');
INSERT INTO meter VALUES (5, 'storage-gb');
INSERT INTO meter VALUES (6, 'agent-hours');
INSERT INTO meter VALUES (7, 'concurrent-agents');
INSERT INTO meter_version VALUES (1, 1, 10957, 'login.cx2', 'unique', NULL, NULL, 30, 'named-user', 2, 1);
INSERT INTO meter_version VALUES (2, 1, 10957, 'login.cx3', 'unique', NULL, NULL, 30, 'named-user', 3, 2);
INSERT INTO meter_version VALUES (3, 1, 10957, 'call.ended', 'sum', 'minutes', '0.1', 30, NULL, NULL, 3);
INSERT INTO meter_version VALUES (4, 1, 10957, 'message.sent', 'count', NULL, NULL, 30, NULL, NULL, 4);
INSERT INTO meter_version VALUES (5, 1, 10957, 'storage.measured', 'max', 'gb', NULL, 30, NULL, NULL, 5);
INSERT INTO meter_version VALUES (6, 1, 10957, 'agent.session', 'hours', NULL, NULL, 30, NULL, NULL, 6);
INSERT INTO meter_version VALUES (7, 1, 10957, 'agent.session', 'peak', NULL, NULL, 30, NULL, NULL, 7);
INSERT INTO migration VALUES ('0001_ledger');
INSERT INTO migration VALUES ('0002_catalogue');
INSERT INTO migration VALUES ('0003_contracts');
INSERT INTO migration VALUES ('0004_voids');
INSERT INTO migration VALUES ('0005_heads');
INSERT INTO migration VALUES ('0006_nodes');
INSERT INTO organization VALUES ('\x01a2297f60c77ce3ab54b1b1cb7adbad', 'Operator', 1, 1, 1795992543431719);
INSERT INTO organization VALUES ('\x11111111111141118111111111111111', 'Northwind Partners', 0, 1, 1795992550490317);
INSERT INTO organization VALUES ('\x22222222222242228222222222222222', 'Acme Ltd', 0, 1, 1795992550565550);
INSERT INTO organization VALUES ('\x33333333333343338333333333333333', 'Borealis Health', 0, 1, 1795992550602145);
INSERT INTO organization VALUES ('\x44444444444444448444444444444444', 'Cedar Logistics', 0, 1, 1795992550623368);
INSERT INTO product VALUES ('GC-170-NV-CX2', 'Genesys Cloud CX 2', 'PureCloud2Overage', 'genesys-cloud-cx-2', 'user-license', 'seat', 'User', '1', 0, 1, 1, 1795992550795483);
INSERT INTO product VALUES ('GC-170-NV-CX3', 'Genesys Cloud CX 3', 'PureCloud3Overage', 'genesys-cloud-cx-3', 'user-license', 'seat', 'User', '1', 0, 1, 1, 1795992550805945);
INSERT INTO product VALUES ('CONCURRENT', 'Concurrent agents', 'ConcurrentOverage', 'concurrent-agents', 'user-license', 'agent', 'User', '1', 0, 0, 1, 1795992550822334);
INSERT INTO product VALUES ('VOICE-MIN', 'Voice minutes', 'VoiceOverage', 'voice-minutes', 'resource', 'minute', 'Minute', '1', 0, 0, 1, 1795992550829578);
INSERT INTO product VALUES ('MESSAGES-10', 'Messages', 'MessagesOverage', 'messages', 'messaging', 'message', 'Message', '10', 0, 0, 1, 1795992550844699);
INSERT INTO product VALUES ('VAULT-GB', 'Vault storage', 'VaultOverage', 'storage-gb', 'storage', 'GB', 'GB', '1', 1, 0, 1, 1795992550853728);
INSERT INTO report_job VALUES (0, '\x22222222222242228222222222222222', 1790812800000000, 1793491200000000, 1, 1795992563477899, 0, '0.7.618f9ba2bd5c84f7e8b54e2ad12c19dd', '\x28b52ffd6061016d0800d6503522308b5607c0ccc2a8d07e7f4f284bbaba4f7b60afcdabd6088d62fcb3d115341454702b002b002b004ad2a4a862d37ebd2717ccc8531e5d41249629946239ec2aa20928edc69432c64ab929961427bedede2101da1ec830950cb29d765fef869d4312d6653b96cfd17b36e36820c1d7e533794aa5397d74849452c04ae92091a1c0b43c6accc7798d367bf0b1386dc7114e29bb39a04883c507ca8e474f5f6fc792c1f084f3e8ab0b2c912bdd5d84eeeeea2e9a8103dfe486e7b08b5001580c34b3b09c113a3a26ce790cf396641fc97370f2f517140080009924c1650bfc11cd91bbd9ed2e60bdabe26a35c219e19591f4b5d844ae1a3031d804e60d829dc92bc1005a20758e78b933');
INSERT INTO report_job VALUES (0, '\x33333333333343338333333333333333', 1790812800000000, 1793491200000000, 1, 1795992564013613, 0, '0.7.03fa011bc1d3408c0fc5d600dc3231a5', '\x28b52ffd60b900ed0700161034234069ac0308162bb82188bffe214f50f18e90fdabe57f1bb828f6c14f798bc9300c00042a00290029002ad983a294b777e5823ab9d2a73f2c797869187ed82d5358b307c630cb9c805b44b318b116f676e7fd114b1768c786dede0c8e7f24b4d38698464fefdab0c190046fa751e54a1327f6d3119452014da983446ded6f2a1ed8f46941bb46f131b6dd938ed4b0703392b4e7d3d5db1b62aa805c657dbab20a6e9d4842170d6776adb5ec5a6bed4a380651beca0c2f32346502901868d830ad53367a22507c10be06511cc86b30f2100080009924c1650bfc11cd11b1d94d2c6015abe2651ae14ce1e1ea7e106a26af2e036881d439e2e5ce');
INSERT INTO setting VALUES ('identity_key', '\x46fa96570638a5e7d8288a8aed0299b8');
INSERT INTO setting VALUES ('partitions', '\x10000000');
INSERT INTO trust VALUES ('\x11111111111141118111111111111111', '\x22222222222242228222222222222222', 1, 1795992550922731, 1, 1795992550922731);
INSERT INTO trust VALUES ('\x11111111111141118111111111111111', '\x33333333333343338333333333333333', 1, 1795992551390964, 1, 1795992551390964);
INSERT INTO trust VALUES ('\x11111111111141118111111111111111', '\x44444444444444448444444444444444', 1, 1795992551663855, 1, 1795992551663855);
ALTER TABLE ONLY access_token
    ADD CONSTRAINT access_token_pkey PRIMARY KEY (partition, client, hash);
ALTER TABLE ONLY audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (partition, organization, number);
ALTER TABLE ONLY client
    ADD CONSTRAINT client_pkey PRIMARY KEY (id);
ALTER TABLE ONLY client_secret
    ADD CONSTRAINT client_secret_pkey PRIMARY KEY (client, number);
ALTER TABLE ONLY contract
    ADD CONSTRAINT contract_pkey PRIMARY KEY (number);
ALTER TABLE ONLY contract_product
    ADD CONSTRAINT contract_product_pkey PRIMARY KEY (contract, product);
ALTER TABLE ONLY contract_version
    ADD CONSTRAINT contract_version_pkey PRIMARY KEY (contract, version);
ALTER TABLE ONLY counter
    ADD CONSTRAINT counter_pkey PRIMARY KEY (name);
ALTER TABLE ONLY head
    ADD CONSTRAINT head_pkey PRIMARY KEY (partition);
ALTER TABLE ONLY hits
    ADD CONSTRAINT hits_pkey PRIMARY KEY (partition, what);
ALTER TABLE ONLY identity_filter
    ADD CONSTRAINT identity_filter_pkey PRIMARY KEY (partition, run, chunk);
ALTER TABLE ONLY identity_page
    ADD CONSTRAINT identity_page_pkey PRIMARY KEY (partition, run, page);
ALTER TABLE ONLY identity_run
    ADD CONSTRAINT identity_run_pkey PRIMARY KEY (partition, run);
ALTER TABLE ONLY journal
    ADD CONSTRAINT journal_pkey PRIMARY KEY (partition, seq);
ALTER TABLE ONLY ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (partition);
ALTER TABLE ONLY mark
    ADD CONSTRAINT mark_pkey PRIMARY KEY (partition, seq);
ALTER TABLE ONLY meter
    ADD CONSTRAINT meter_name_key UNIQUE (name);
ALTER TABLE ONLY meter
    ADD CONSTRAINT meter_pkey PRIMARY KEY (number);
ALTER TABLE ONLY meter_version
    ADD CONSTRAINT meter_version_pkey PRIMARY KEY (meter, version);
ALTER TABLE ONLY migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (id);
ALTER TABLE ONLY product
    ADD CONSTRAINT product_pkey PRIMARY KEY (sku);
ALTER TABLE ONLY report_job
    ADD CONSTRAINT report_job_pkey PRIMARY KEY (partition, organization, range_start, range_end);
ALTER TABLE ONLY rollup
    ADD CONSTRAINT rollup_pkey PRIMARY KEY (partition, organization, day);
ALTER TABLE ONLY segment
    ADD CONSTRAINT segment_pkey PRIMARY KEY (partition, organization, day, part);
ALTER TABLE ONLY setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (name);
ALTER TABLE ONLY subject
    ADD CONSTRAINT subject_pkey PRIMARY KEY (partition, organization, block);
ALTER TABLE ONLY trust
    ADD CONSTRAINT trust_pkey PRIMARY KEY (trustee, trustor);
ALTER TABLE ONLY void
    ADD CONSTRAINT void_pkey PRIMARY KEY (partition, organization, day);
CREATE INDEX client_organization ON client USING btree (organization);
CREATE INDEX contract_organization ON contract USING btree (organization, starts);
CREATE INDEX contract_product_product ON contract_product USING btree (product);
CREATE UNIQUE INDEX organization_operator ON organization USING btree (operator) WHERE (operator = 1);
CREATE INDEX product_meter ON product USING btree (meter);
CREATE INDEX trust_trustor ON trust USING btree (trustor, trustee);
ALTER TABLE ONLY client
    ADD CONSTRAINT client_organization_fkey FOREIGN KEY (organization) REFERENCES organization(id);
ALTER TABLE ONLY client_secret
    ADD CONSTRAINT client_secret_client_fkey FOREIGN KEY (client) REFERENCES client(id) ON DELETE CASCADE;
ALTER TABLE ONLY contract
    ADD CONSTRAINT contract_organization_fkey FOREIGN KEY (organization) REFERENCES organization(id);
ALTER TABLE ONLY contract_product
    ADD CONSTRAINT contract_product_contract_fkey FOREIGN KEY (contract) REFERENCES contract(number) ON DELETE CASCADE;
ALTER TABLE ONLY contract_product
    ADD CONSTRAINT contract_product_product_fkey FOREIGN KEY (product) REFERENCES product(sku);
ALTER TABLE ONLY contract_version
    ADD CONSTRAINT contract_version_contract_fkey FOREIGN KEY (contract) REFERENCES contract(number) ON DELETE CASCADE;
ALTER TABLE ONLY meter_version
    ADD CONSTRAINT meter_version_meter_fkey FOREIGN KEY (meter) REFERENCES meter(number) ON DELETE CASCADE;
ALTER TABLE ONLY product
    ADD CONSTRAINT product_meter_fkey FOREIGN KEY (meter) REFERENCES meter(name);
ALTER TABLE ONLY trust
    ADD CONSTRAINT trust_trustee_fkey FOREIGN KEY (trustee) REFERENCES organization(id);
ALTER TABLE ONLY trust
    ADD CONSTRAINT trust_trustor_fkey FOREIGN KEY (trustor) REFERENCES organization(id);
