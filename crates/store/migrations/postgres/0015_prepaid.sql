-- What a lower commitment means for what is paid for already. Contracts that are there
-- have given it back, and go on so: their figures stay.
ALTER TABLE contract_version
    ADD COLUMN decrease TEXT COLLATE "C" NOT NULL DEFAULT 'given_back';

-- Products that are charged in a free ramp: until now those of third parties.
ALTER TABLE product ADD COLUMN charged_in_ramp BIGINT NOT NULL DEFAULT 0;
UPDATE product SET charged_in_ramp = third_party;
