-- A ledger as the version before migration 0008 has left it: the catalog of
-- examples/catalog.toml, applied twice with another minimum, a login of each
-- client, and two reports that nobody has fetched.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE migration (name TEXT PRIMARY KEY NOT NULL) STRICT;
INSERT INTO migration VALUES('0001_ledger');
INSERT INTO migration VALUES('0002_catalogue');
INSERT INTO migration VALUES('0003_contracts');
INSERT INTO migration VALUES('0004_voids');
INSERT INTO migration VALUES('0005_heads');
INSERT INTO migration VALUES('0006_nodes');
CREATE TABLE setting (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT;
INSERT INTO setting VALUES('identity_key',X'e693534468854cfff7d4f943bd7f6a3d');
INSERT INTO setting VALUES('partitions',X'01000000');
CREATE TABLE ledger (
    partition INTEGER PRIMARY KEY NOT NULL,
    folded    INTEGER NOT NULL, -- every event with seq <= folded is in segments and rollups
    next_run  INTEGER NOT NULL  -- number of the next identity run
, run_changes INTEGER NOT NULL DEFAULT 0, rollup_changes INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO ledger VALUES(0,0,0,0,0);
CREATE TABLE journal (
    partition INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    events    INTEGER NOT NULL,
    blob      BLOB NOT NULL,
    PRIMARY KEY (partition, seq)
) STRICT;
CREATE TABLE mark (
    partition INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    received  INTEGER NOT NULL, -- microseconds since 1970, UTC, never going back
    PRIMARY KEY (partition, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE identity_run (
    partition INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    entries   INTEGER NOT NULL,
    live      INTEGER NOT NULL,
    PRIMARY KEY (partition, run)
) STRICT;
CREATE TABLE identity_page (
    partition INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    page      INTEGER NOT NULL,
    lowest    INTEGER NOT NULL, -- lowest hash of the page, its bits as a signed integer
    blob      BLOB NOT NULL,
    PRIMARY KEY (partition, run, page)
) STRICT;
CREATE TABLE identity_filter (
    partition INTEGER NOT NULL,
    run       INTEGER NOT NULL,
    chunk     INTEGER NOT NULL,
    blob      BLOB NOT NULL,
    PRIMARY KEY (partition, run, chunk)
) STRICT;
CREATE TABLE segment (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    part         INTEGER NOT NULL,
    events       INTEGER NOT NULL,
    min_time     INTEGER NOT NULL,
    max_time     INTEGER NOT NULL,
    min_seq      INTEGER NOT NULL,
    max_seq      INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    data         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, day, part)
) STRICT;
CREATE TABLE subject (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    block        INTEGER NOT NULL,
    subjects     INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, block)
) STRICT;
CREATE TABLE rollup (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    epoch        INTEGER NOT NULL, -- catalogue revision it was computed with
    last_seq     INTEGER NOT NULL,
    blob         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, day)
) STRICT;
CREATE TABLE organization (
    id       BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name     TEXT NOT NULL,
    operator INTEGER NOT NULL DEFAULT 0, -- 1: its clients may act for any organisation
    version  INTEGER NOT NULL,
    changed  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO organization VALUES(X'01a2297f01f6756aaa98e8c9b3f71f89','Operator',1,1,1795992519158514);
INSERT INTO organization VALUES(X'11111111111141118111111111111111','Northwind Partners',0,1,1795992524449671);
INSERT INTO organization VALUES(X'22222222222242228222222222222222','Acme Ltd',0,1,1795992524451272);
INSERT INTO organization VALUES(X'33333333333343338333333333333333','Borealis Health',0,1,1795992524452550);
INSERT INTO organization VALUES(X'44444444444444448444444444444444','Cedar Logistics',0,1,1795992524453683);
CREATE TABLE client (
    id            BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization  BLOB NOT NULL REFERENCES organization (id),
    name          TEXT NOT NULL,
    permissions   TEXT NOT NULL, -- a JSON array, sorted
    token_seconds INTEGER NOT NULL,
    version       INTEGER NOT NULL,
    changed       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO client VALUES(X'01a2297f01f678b3b31a10520ede289b',X'01a2297f01f6756aaa98e8c9b3f71f89','operator','["*"]',86400,1,1795992519158514);
INSERT INTO client VALUES(X'aaaaaaaa000040008000000000000001',X'11111111111141118111111111111111','partner reader','["affiliateOrganization:clientBilling:view","authorization:orgTrustor:view","billing:subscription:view"]',86400,1,1795992524454780);
INSERT INTO client VALUES(X'aaaaaaaa000040008000000000000002',X'22222222222242228222222222222222','acme reader','["billing:subscription:view"]',86400,1,1795992524456369);
INSERT INTO client VALUES(X'aaaaaaaa000040008000000000000003',X'33333333333343338333333333333333','borealis switch','["billing:subscription:view","billing:usage:add"]',3600,1,1795992524464644);
CREATE TABLE client_secret (
    client  BLOB NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    salt    BLOB NOT NULL,
    hash    BLOB NOT NULL,
    PRIMARY KEY (client, number)
) STRICT, WITHOUT ROWID;
INSERT INTO client_secret VALUES(X'01a2297f01f678b3b31a10520ede289b',1,X'6cfb3541abe358a198174f53351e7ec4',X'da3842481bb2c4c212512f33b02175e06e76fca96f2849684bc2f9bedf3fd233');
INSERT INTO client_secret VALUES(X'aaaaaaaa000040008000000000000001',1,X'1f4074b6a13352ffa63a3b9f12f92805',X'f86087bed2845aaa817f6af3f2201683658f0fac838afa8c75f1ca19ae7543ce');
INSERT INTO client_secret VALUES(X'aaaaaaaa000040008000000000000002',1,X'9a90d99b018a32d49d4520cdbb15db61',X'd72a9bf24df96b03fd3301ee37e5481ad9ad1edb1355770244560625071f9a31');
INSERT INTO client_secret VALUES(X'aaaaaaaa000040008000000000000003',1,X'ad92a10f8a2bee0ac828e9bdab46c086',X'cdc9269d4c4b094a7d66e2a8338bf22741e0506dd0a76193759d3942339c3563');
CREATE TABLE access_token (
    partition INTEGER NOT NULL,
    client    BLOB NOT NULL,
    hash      BLOB NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (partition, client, hash)
) STRICT, WITHOUT ROWID;
INSERT INTO access_token VALUES(0,X'01a2297f01f678b3b31a10520ede289b',X'0be2805853c22ce11855718980a0c506d3294c1f3c4c71934f4993f831a31056',1796078924351775);
INSERT INTO access_token VALUES(0,X'01a2297f01f678b3b31a10520ede289b',X'4d0d1467f410bebbf9b6b0eb877c84a62b67b8f70d2e97ace146581afdcad7e7',1796078924680364);
INSERT INTO access_token VALUES(0,X'01a2297f01f678b3b31a10520ede289b',X'6e7294f729c475976f5fb88916a8ec83c8da095dbf92e0bb1c1fd5ae5b75ec61',1796078936538195);
INSERT INTO access_token VALUES(0,X'aaaaaaaa000040008000000000000001',X'56fd18e370e7e3606fa6dd4b5d94147495cd04f0233559465ce4dd273851c15e',1796078924992104);
INSERT INTO access_token VALUES(0,X'aaaaaaaa000040008000000000000002',X'f6f417e1013c37d3bba740fbd35340c78ec4a3d1cf39d1c3005ad71dbd6fd5b4',1796078930519865);
INSERT INTO access_token VALUES(0,X'aaaaaaaa000040008000000000000003',X'fb45a04ea4b0b36d46fed8847b2749380afdd1ed6badb89113eb5d7b64f36acf',1795996133399905);
CREATE TABLE meter (
    number INTEGER PRIMARY KEY NOT NULL, -- never reused: rollups hold it
    name   TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO meter VALUES(1,'genesys-cloud-cx-2');
INSERT INTO meter VALUES(2,'genesys-cloud-cx-3');
INSERT INTO meter VALUES(3,'voice-minutes');
INSERT INTO meter VALUES(4,'messages');
INSERT INTO meter VALUES(5,'storage-gb');
INSERT INTO meter VALUES(6,'agent-hours');
INSERT INTO meter VALUES(7,'concurrent-agents');
CREATE TABLE meter_version (
    meter         INTEGER NOT NULL REFERENCES meter (number) ON DELETE CASCADE,
    version       INTEGER NOT NULL,
    begins        INTEGER NOT NULL,
    event_type    TEXT NOT NULL,
    aggregation   TEXT NOT NULL,
    quantity      TEXT,
    round_up_each TEXT,
    peak_minutes  INTEGER NOT NULL,
    family        TEXT,
    rank          INTEGER,
    epoch         INTEGER NOT NULL, -- the catalogue revision that introduced it
    PRIMARY KEY (meter, version)
) STRICT, WITHOUT ROWID;
INSERT INTO meter_version VALUES(1,1,10957,'login.cx2','unique',NULL,NULL,30,'named-user',2,1);
INSERT INTO meter_version VALUES(2,1,10957,'login.cx3','unique',NULL,NULL,30,'named-user',3,2);
INSERT INTO meter_version VALUES(3,1,10957,'call.ended','sum','minutes','0.1',30,NULL,NULL,3);
INSERT INTO meter_version VALUES(4,1,10957,'message.sent','count',NULL,NULL,30,NULL,NULL,4);
INSERT INTO meter_version VALUES(5,1,10957,'storage.measured','max','gb',NULL,30,NULL,NULL,5);
INSERT INTO meter_version VALUES(6,1,10957,'agent.session','hours',NULL,NULL,30,NULL,NULL,6);
INSERT INTO meter_version VALUES(7,1,10957,'agent.session','peak',NULL,NULL,30,NULL,NULL,7);
CREATE TABLE counter (
    name  TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES('meter',7);
INSERT INTO counter VALUES('meter_epoch',7);
INSERT INTO counter VALUES('organizations',5);
CREATE TABLE report_job (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    range_start  INTEGER NOT NULL,
    range_end    INTEGER NOT NULL,
    state        INTEGER NOT NULL, -- 0 running, 1 complete, 2 failed
    changed      INTEGER NOT NULL,
    delivered    INTEGER NOT NULL DEFAULT 0,
    etag         TEXT,
    body         BLOB, -- zstd
    PRIMARY KEY (partition, organization, range_start, range_end)
) STRICT;
INSERT INTO report_job VALUES(0,X'22222222222242228222222222222222',1790812800000000,1793491200000000,1,1795992539581194,0,'0.7.618f9ba2bd5c84f7e8b54e2ad12c19dd',X'28b52ffd6061016d0800d6503522308b5607c0ccc2a8d07e7f4f284bbaba4f7b60afcdabd6088d62fcb3d115341454702b002b002b004ad2a4a862d37ebd2717ccc8531e5d41249629946239ec2aa20928edc69432c64ab929961427bedede2101da1ec830950cb29d765fef869d4312d6653b96cfd17b36e36820c1d7e533794aa5397d74849452c04ae92091a1c0b43c6accc7798d367bf0b1386dc7114e29bb39a04883c507ca8e474f5f6fc792c1f084f3e8ab0b2c912bdd5d84eeeeea2e9a8103dfe486e7b08b5001580c34b3b09c113a3a26ce790cf396641fc97370f2f517140080009924c1650bfc11cd91bbd9ed2e60bdabe26a35c219e19591f4b5d844ae1a3031d804e60d829dc92bc1005a20758e78b933');
INSERT INTO report_job VALUES(0,X'33333333333343338333333333333333',1790812800000000,1793491200000000,1,1795992539784249,0,'0.7.03fa011bc1d3408c0fc5d600dc3231a5',X'28b52ffd60b900ed0700161034234069ac0308162bb82188bffe214f50f18e90fdabe57f1bb828f6c14f798bc9300c00042a00290029002ad983a294b777e5823ab9d2a73f2c797869187ed82d5358b307c630cb9c805b44b318b116f676e7fd114b1768c786dede0c8e7f24b4d38698464fefdab0c190046fa751e54a1327f6d3119452014da983446ded6f2a1ed8f46941bb46f131b6dd938ed4b0703392b4e7d3d5db1b62aa805c657dbab20a6e9d4842170d6776adb5ec5a6bed4a380651beca0c2f32346502901868d830ad53367a22507c10be06511cc86b30f2100080009924c1650bfc11cd11b1d94d2c6015abe2651ae14ce1e1ea7e106a26af2e036881d439e2e5ce');
CREATE TABLE audit (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    number       INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    client       BLOB NOT NULL,
    action       TEXT NOT NULL,
    object       TEXT NOT NULL,
    detail       TEXT NOT NULL,
    PRIMARY KEY (partition, organization, number)
) STRICT, WITHOUT ROWID;
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',1,1795992519158514,X'01a2297f01f678b3b31a10520ede289b','ledger.initialise','01a2297f-01f6-756a-aa98-e8c9b3f71f89','Operator');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',2,1795992524475957,X'01a2297f01f678b3b31a10520ede289b','meter.put','genesys-cloud-cx-2','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',3,1795992524533430,X'01a2297f01f678b3b31a10520ede289b','meter.put','genesys-cloud-cx-3','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',4,1795992524537202,X'01a2297f01f678b3b31a10520ede289b','meter.put','voice-minutes','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',5,1795992524539172,X'01a2297f01f678b3b31a10520ede289b','meter.put','messages','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',6,1795992524540775,X'01a2297f01f678b3b31a10520ede289b','meter.put','storage-gb','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',7,1795992524542448,X'01a2297f01f678b3b31a10520ede289b','meter.put','agent-hours','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',8,1795992524544352,X'01a2297f01f678b3b31a10520ede289b','meter.put','concurrent-agents','version 1');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',9,1795992524553122,X'01a2297f01f678b3b31a10520ede289b','product.put','GC-170-NV-CX2','Genesys Cloud CX 2');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',10,1795992524556697,X'01a2297f01f678b3b31a10520ede289b','product.put','GC-170-NV-CX3','Genesys Cloud CX 3');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',11,1795992524558798,X'01a2297f01f678b3b31a10520ede289b','product.put','CONCURRENT','Concurrent agents');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',12,1795992524568678,X'01a2297f01f678b3b31a10520ede289b','product.put','VOICE-MIN','Voice minutes');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',13,1795992524580843,X'01a2297f01f678b3b31a10520ede289b','product.put','MESSAGES-10','Messages');
INSERT INTO audit VALUES(0,X'01a2297f01f6756aaa98e8c9b3f71f89',14,1795992524584511,X'01a2297f01f678b3b31a10520ede289b','product.put','VAULT-GB','Vault storage');
INSERT INTO audit VALUES(0,X'11111111111141118111111111111111',1,1795992524449671,X'01a2297f01f678b3b31a10520ede289b','organization.put','11111111-1111-4111-8111-111111111111','Northwind Partners');
INSERT INTO audit VALUES(0,X'11111111111141118111111111111111',2,1795992524454780,X'01a2297f01f678b3b31a10520ede289b','client.put','aaaaaaaa-0000-4000-8000-000000000001','with a new secret');
INSERT INTO audit VALUES(0,X'22222222222242228222222222222222',1,1795992524451272,X'01a2297f01f678b3b31a10520ede289b','organization.put','22222222-2222-4222-8222-222222222222','Acme Ltd');
INSERT INTO audit VALUES(0,X'22222222222242228222222222222222',2,1795992524456369,X'01a2297f01f678b3b31a10520ede289b','client.put','aaaaaaaa-0000-4000-8000-000000000002','with a new secret');
INSERT INTO audit VALUES(0,X'22222222222242228222222222222222',3,1795992524590456,X'01a2297f01f678b3b31a10520ede289b','contract.put','C-1001','version 1');
INSERT INTO audit VALUES(0,X'22222222222242228222222222222222',4,1795992524610674,X'01a2297f01f678b3b31a10520ede289b','trust.put','11111111-1111-4111-8111-111111111111','enabled');
INSERT INTO audit VALUES(0,X'22222222222242228222222222222222',5,1795992524697165,X'01a2297f01f678b3b31a10520ede289b','contract.put','C-1001','version 2');
INSERT INTO audit VALUES(0,X'33333333333343338333333333333333',1,1795992524452550,X'01a2297f01f678b3b31a10520ede289b','organization.put','33333333-3333-4333-8333-333333333333','Borealis Health');
INSERT INTO audit VALUES(0,X'33333333333343338333333333333333',2,1795992524464644,X'01a2297f01f678b3b31a10520ede289b','client.put','aaaaaaaa-0000-4000-8000-000000000003','with a new secret');
INSERT INTO audit VALUES(0,X'33333333333343338333333333333333',3,1795992524604955,X'01a2297f01f678b3b31a10520ede289b','contract.put','C-1002','version 1');
INSERT INTO audit VALUES(0,X'33333333333343338333333333333333',4,1795992524620643,X'01a2297f01f678b3b31a10520ede289b','trust.put','11111111-1111-4111-8111-111111111111','enabled');
INSERT INTO audit VALUES(0,X'33333333333343338333333333333333',5,1795992539596318,X'01a2297f01f678b3b31a10520ede289b','report.read','billableusage','2026-10-01T00:00:00.000Z/2026-11-01T00:00:00.000Z');
INSERT INTO audit VALUES(0,X'44444444444444448444444444444444',1,1795992524453683,X'01a2297f01f678b3b31a10520ede289b','organization.put','44444444-4444-4444-8444-444444444444','Cedar Logistics');
INSERT INTO audit VALUES(0,X'44444444444444448444444444444444',2,1795992524608953,X'01a2297f01f678b3b31a10520ede289b','contract.put','C-1003','version 1');
INSERT INTO audit VALUES(0,X'44444444444444448444444444444444',3,1795992524625816,X'01a2297f01f678b3b31a10520ede289b','trust.put','11111111-1111-4111-8111-111111111111','enabled');
CREATE TABLE trust (
    trustee BLOB NOT NULL REFERENCES organization (id), -- the partner
    trustor BLOB NOT NULL REFERENCES organization (id), -- the customer that it manages
    enabled INTEGER NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (trustee, trustor)
) STRICT, WITHOUT ROWID;
INSERT INTO trust VALUES(X'11111111111141118111111111111111',X'22222222222242228222222222222222',1,1795992524610674,1,1795992524610674);
INSERT INTO trust VALUES(X'11111111111141118111111111111111',X'33333333333343338333333333333333',1,1795992524620643,1,1795992524620643);
INSERT INTO trust VALUES(X'11111111111141118111111111111111',X'44444444444444448444444444444444',1,1795992524625816,1,1795992524625816);
CREATE TABLE product (
    sku             TEXT PRIMARY KEY NOT NULL,
    name            TEXT NOT NULL,
    charge          TEXT NOT NULL,
    meter           TEXT NOT NULL REFERENCES meter (name),
    grouping        TEXT NOT NULL,
    unit            TEXT NOT NULL,
    unit_of_measure TEXT NOT NULL,
    bundle          TEXT NOT NULL, -- a decimal number
    third_party     INTEGER NOT NULL,
    cancellable     INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    changed         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO product VALUES('CONCURRENT','Concurrent agents','ConcurrentOverage','concurrent-agents','user-license','agent','User','1',0,0,1,1795992524558798);
INSERT INTO product VALUES('GC-170-NV-CX2','Genesys Cloud CX 2','PureCloud2Overage','genesys-cloud-cx-2','user-license','seat','User','1',0,1,1,1795992524553122);
INSERT INTO product VALUES('GC-170-NV-CX3','Genesys Cloud CX 3','PureCloud3Overage','genesys-cloud-cx-3','user-license','seat','User','1',0,1,1,1795992524556697);
INSERT INTO product VALUES('MESSAGES-10','Messages','MessagesOverage','messages','messaging','message','Message','10',0,0,1,1795992524580843);
INSERT INTO product VALUES('VAULT-GB','Vault storage','VaultOverage','storage-gb','storage','GB','GB','1',1,0,1,1795992524584511);
INSERT INTO product VALUES('VOICE-MIN','Voice minutes','VoiceOverage','voice-minutes','resource','minute','Minute','1',0,0,1,1795992524568678);
CREATE TABLE contract (
    number       TEXT PRIMARY KEY NOT NULL,
    organization BLOB NOT NULL REFERENCES organization (id),
    currency     TEXT NOT NULL,
    time_zone    TEXT NOT NULL,
    starts       INTEGER NOT NULL, -- first instant
    ends         INTEGER,          -- first instant after it
    version      INTEGER NOT NULL,
    changed      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO contract VALUES('C-1001',X'22222222222242228222222222222222','USD','UTC',1767225600000000,1830297600000000,2,1795992524697165);
INSERT INTO contract VALUES('C-1002',X'33333333333343338333333333333333','EUR','Europe/Berlin',1774994400000000,1838152800000000,1,1795992524604955);
INSERT INTO contract VALUES('C-1003',X'44444444444444448444444444444444','USD','America/Chicago',1790830800000000,NULL,1,1795992524608953);
CREATE TABLE contract_version (
    contract TEXT NOT NULL REFERENCES contract (number) ON DELETE CASCADE,
    version  INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    client   BLOB NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (contract, version)
) STRICT;
INSERT INTO contract_version VALUES('C-1001',1,1795992524590456,X'01a2297f01f678b3b31a10520ede289b','{"organization":"22222222-2222-4222-8222-222222222222","subscription":"PREPAY_MONTHLY_COMMITMENT","currency":"USD","start":"2026-01-01","end":"2027-12-31","rampStart":"2026-01-01","rampEnd":"2026-01-31","rampUsage":"free","minimumMonthly":"900.00","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"4","prepayPrice":"115.00","overagePrice":"140.00"},{"product":"GC-170-NV-CX2","prepayQuantity":"3","prepayPrice":"75.00","overagePrice":"95.00"},{"product":"VOICE-MIN","tierMode":"graduated","tiers":[{"upTo":"200","price":"0.20"},{"price":"0.15","flat":"5.00"}],"allowance":"100","fairUse":[{"licence":"GC-170-NV-CX3","amount":"50"}]},{"product":"MESSAGES-10","prepayQuantity":"2","prepayPrice":"0.40","overagePrice":"0.55"},{"product":"VAULT-GB","overagePrice":"0.12"}],"amendments":[{"effective":"2026-10-16","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"5"}]}]}');
INSERT INTO contract_version VALUES('C-1002',1,1795992524604955,X'01a2297f01f678b3b31a10520ede289b','{"organization":"33333333-3333-4333-8333-333333333333","subscription":"PREPAY","currency":"EUR","timeZone":"Europe/Berlin","start":"2026-04-01","end":"2028-03-31","lines":[{"product":"GC-170-NV-CX2","prepayQuantity":"2","prepayPrice":"69.00","overagePrice":"88.00"},{"product":"VOICE-MIN","overagePrice":"0.18","allowance":"150"}]}');
INSERT INTO contract_version VALUES('C-1003',1,1795992524608953,X'01a2297f01f678b3b31a10520ede289b','{"organization":"44444444-4444-4444-8444-444444444444","subscription":"MONTH_TO_MONTH","currency":"USD","timeZone":"America/Chicago","start":"2026-10-01","lines":[{"product":"CONCURRENT","overagePrice":"99.00"},{"product":"VOICE-MIN","tierMode":"package","size":"100","tiers":[{"price":"17.00"}]},{"product":"MESSAGES-10","overagePrice":"0.60"}]}');
INSERT INTO contract_version VALUES('C-1001',2,1795992524697165,X'01a2297f01f678b3b31a10520ede289b','{"organization":"22222222-2222-4222-8222-222222222222","subscription":"PREPAY_MONTHLY_COMMITMENT","currency":"USD","start":"2026-01-01","end":"2027-12-31","rampStart":"2026-01-01","rampEnd":"2026-01-31","rampUsage":"free","minimumMonthly":"950.00","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"4","prepayPrice":"115.00","overagePrice":"140.00"},{"product":"GC-170-NV-CX2","prepayQuantity":"3","prepayPrice":"75.00","overagePrice":"95.00"},{"product":"VOICE-MIN","tierMode":"graduated","tiers":[{"upTo":"200","price":"0.20"},{"price":"0.15","flat":"5.00"}],"allowance":"100","fairUse":[{"licence":"GC-170-NV-CX3","amount":"50"}]},{"product":"MESSAGES-10","prepayQuantity":"2","prepayPrice":"0.40","overagePrice":"0.55"},{"product":"VAULT-GB","overagePrice":"0.12"}],"amendments":[{"effective":"2026-10-16","lines":[{"product":"GC-170-NV-CX3","prepayQuantity":"5"}]}]}');
CREATE TABLE contract_product (
    contract TEXT NOT NULL REFERENCES contract (number) ON DELETE CASCADE,
    product  TEXT NOT NULL REFERENCES product (sku),
    begins   INTEGER NOT NULL,
    PRIMARY KEY (contract, product)
) STRICT, WITHOUT ROWID;
INSERT INTO contract_product VALUES('C-1001','GC-170-NV-CX2',1767225600000000);
INSERT INTO contract_product VALUES('C-1001','GC-170-NV-CX3',1767225600000000);
INSERT INTO contract_product VALUES('C-1001','MESSAGES-10',1767225600000000);
INSERT INTO contract_product VALUES('C-1001','VAULT-GB',1767225600000000);
INSERT INTO contract_product VALUES('C-1001','VOICE-MIN',1767225600000000);
INSERT INTO contract_product VALUES('C-1002','GC-170-NV-CX2',1774994400000000);
INSERT INTO contract_product VALUES('C-1002','VOICE-MIN',1774994400000000);
INSERT INTO contract_product VALUES('C-1003','CONCURRENT',1790830800000000);
INSERT INTO contract_product VALUES('C-1003','MESSAGES-10',1790830800000000);
INSERT INTO contract_product VALUES('C-1003','VOICE-MIN',1790830800000000);
CREATE TABLE void (
    partition    INTEGER NOT NULL,
    organization BLOB NOT NULL,
    day          INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL, -- highest seq of a correction of the day
    blob         BLOB NOT NULL,
    PRIMARY KEY (partition, organization, day)
) STRICT;
CREATE TABLE head (
    partition INTEGER PRIMARY KEY NOT NULL,
    last      INTEGER NOT NULL, -- seq of the last event
    received  INTEGER NOT NULL  -- when it came: microseconds since 1970, UTC
) STRICT;
INSERT INTO head VALUES(0,0,0);
CREATE UNIQUE INDEX organization_operator ON organization (operator) WHERE operator = 1;
CREATE INDEX client_organization ON client (organization);
CREATE INDEX trust_trustor ON trust (trustor, trustee);
CREATE INDEX product_meter ON product (meter);
CREATE INDEX contract_organization ON contract (organization, starts);
CREATE INDEX contract_product_product ON contract_product (product);
COMMIT;
