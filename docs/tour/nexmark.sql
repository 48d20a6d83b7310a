-- A generated stream of an auction house: a million events a second for twenty seconds ('max-emit-speed' = 'true' would give them as
-- fast as they can be made). Bids on each auction in windows of two seconds of event time are written to files, a new one every four seconds. With
-- checkpoints on, files become visible when a checkpoint is complete, so that what readers see survives any crash exactly.
SET 'execution.checkpointing.interval' = '1 s';
SET 'execution.checkpointing.dir' = 'out/checkpoints';

CREATE TABLE nexmark (
  event_type INT,
  person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3), expires TIMESTAMP(3),
              seller BIGINT, category BIGINT, extra STRING>,
  bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
  `dateTime` AS CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '1' SECOND
) WITH ('connector' = 'nexmark', 'events.num' = '20000000', 'first-event.rate' = '1000000', 'max-emit-speed' = 'false');

CREATE TABLE bids_per_auction (auction BIGINT, window_start TIMESTAMP(3), bids BIGINT, highest BIGINT) WITH (
  'connector' = 'filesystem', 'path' = 'out/bids', 'format' = 'json', 'sink.rolling-policy.rollover-interval' = '4 s', 'sink.rolling-policy.check-interval' = '1 s');

INSERT INTO bids_per_auction
SELECT bid.auction, window_start, COUNT(*), MAX(bid.price)
FROM TUMBLE(TABLE nexmark, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND)
WHERE event_type = 2
GROUP BY bid.auction, window_start, window_end;
