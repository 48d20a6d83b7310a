-- Bids of an auction house go to a topic; a second job reads it, and writes what each auction got in windows of two seconds to another topic and, by the
-- hour and minute, to a bucket. Checkpoints are in the bucket too. Whoever reads the topic with isolation.level=read_committed, or the bucket, sees
-- each row once, whatever is killed on the way. How to start a broker and a bucket is in README.md.
SET 'execution.checkpointing.interval' = '1 s';
SET 'execution.checkpointing.dir' = 's3://data/checkpoints';
SET 'table.local-time-zone' = 'UTC';

CREATE TABLE auction_house (
  event_type INT,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>
) WITH ('connector' = 'nexmark', 'events.num' = '200000', 'first-event.rate' = '20000', 'max-emit-speed' = 'false');

CREATE TABLE bids (
  auction BIGINT, bidder BIGINT, price BIGINT, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH (
  'connector' = 'kafka', 'topic' = 'bids', 'properties.bootstrap.servers' = 'localhost:9092', 'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'json');

CREATE TABLE totals (auction BIGINT, window_end TIMESTAMP(3), bids BIGINT, highest BIGINT) WITH (
  'connector' = 'kafka', 'topic' = 'totals', 'properties.bootstrap.servers' = 'localhost:9092', 'format' = 'json');

CREATE TABLE archive (auction BIGINT, window_end TIMESTAMP(3), bids BIGINT, highest BIGINT, `minute` STRING) PARTITIONED BY (`minute`) WITH (
  'connector' = 'filesystem', 'path' = 's3://data/totals', 'format' = 'json');

CREATE VIEW per_auction AS
SELECT auction, window_end, COUNT(*) AS bids, MAX(price) AS highest
FROM TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '2' SECOND)
GROUP BY auction, window_start, window_end;

INSERT INTO bids SELECT bid.auction, bid.bidder, bid.price, bid.`dateTime` FROM auction_house WHERE event_type = 2;

EXECUTE STATEMENT SET BEGIN
INSERT INTO totals SELECT * FROM per_auction;
INSERT INTO archive SELECT *, DATE_FORMAT(window_end, 'HH-mm') FROM per_auction;
END;
