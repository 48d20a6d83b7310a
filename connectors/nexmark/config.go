package nexmark

import (
	"fmt"
	"math"

	"millrace/connectors"
	"millrace/sql/types"
)

// config is the options of a table.
type config struct {
	seed                                       uint64
	events, stopAt                             int64 // stopAt < 0: none
	rate, baseTime                             int64
	persons, auctions, bids                    int64 // proportions
	personSize, auctionSize, bidSize           int
	hotAuctions, hotBidders, hotSellers, group int64
	maxSpeed, keepAlive                        bool
}

func options() []connectors.Option {
	integer := func(key, def, help string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Integer, Default: def, Help: help}
	}
	size := func(key, def string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Size, Default: def, Help: "steers the length of extra"}
	}
	own := []connectors.Option{
		integer("seed", "1", "determines all events"),
		integer("events.num", "0", "number of events; 0: no end"),
		integer("first-event.rate", "10000", "events a second of event time"),
		integer("next-event.rate", "10000", "accepted, no effect"),
		integer("base-time", "1436918400000", "timestamp of event 0, in ms since 1970"),
		integer("person.proportion", "1", "persons among the events"),
		integer("auction.proportion", "3", "auctions among the events"),
		integer("bid.proportion", "46", "bids among the events"),
		size("person.avg-size", "200b"), size("auction.avg-size", "500b"), size("bid.avg-size", "100b"),
		integer("bid.hot-ratio.auctions", "2", "one of so many bids is on any auction, the others on the hot one"),
		integer("bid.hot-ratio.bidders", "4", "one of so many bids is by any person, the others by the hot bidder"),
		integer("auction.hot-ratio.sellers", "4", "one of so many auctions is by any person, the others by the hot seller"),
		integer("out-of-order.group-size", "1", "g > 1 shuffles every g events"),
		{Key: "max-emit-speed", Type: connectors.Boolean, Default: "true", Help: "false: emit each event when its time has come"},
		integer("stop-at", "-1", "end before this event number"),
		{Key: "keep-alive", Type: connectors.Boolean, Default: "false", Help: "do not finish at the end"},
		{Key: "rate.shape", Type: connectors.Text, Help: "accepted, no effect"},
		{Key: "rate.period", Type: connectors.Text, Help: "accepted, no effect"},
		{Key: "rate.limited", Type: connectors.Text, Help: "accepted, no effect"},
	}
	return append(own, connectors.ScanOptions()...)
}

func parse(text map[string]string) (config, error) {
	v, err := connectors.Decode("connector 'nexmark'", text, options())
	if err != nil {
		return config{}, err
	}
	c := config{
		seed: uint64(v.Int("seed")), events: v.Int("events.num"), stopAt: v.Int("stop-at"),
		rate: v.Int("first-event.rate"), baseTime: v.Int("base-time"),
		persons: v.Int("person.proportion"), auctions: v.Int("auction.proportion"), bids: v.Int("bid.proportion"),
		personSize: int(v.Size("person.avg-size")), auctionSize: int(v.Size("auction.avg-size")), bidSize: int(v.Size("bid.avg-size")),
		hotAuctions: v.Int("bid.hot-ratio.auctions"), hotBidders: v.Int("bid.hot-ratio.bidders"),
		hotSellers: v.Int("auction.hot-ratio.sellers"), group: v.Int("out-of-order.group-size"),
		maxSpeed: v.Bool("max-emit-speed"), keepAlive: v.Bool("keep-alive"),
	}
	const million = 1_000_000
	for _, r := range []struct {
		key      string
		n        int64
		min, max int64
	}{
		{"events.num", c.events, 0, math.MaxInt64},
		{"first-event.rate", c.rate, 1, math.MaxInt32 * 1000},
		{"person.proportion", c.persons, 1, million},
		{"auction.proportion", c.auctions, 1, million},
		{"bid.proportion", c.bids, 0, million},
		{"person.avg-size", int64(c.personSize), 0, million},
		{"auction.avg-size", int64(c.auctionSize), 0, million},
		{"bid.avg-size", int64(c.bidSize), 0, million},
		{"bid.hot-ratio.auctions", c.hotAuctions, 1, 65536},
		{"bid.hot-ratio.bidders", c.hotBidders, 1, 65536},
		{"auction.hot-ratio.sellers", c.hotSellers, 1, 65536},
		{"out-of-order.group-size", c.group, 1, math.MaxInt32},
	} {
		if r.n < r.min || r.n > r.max {
			return config{}, v.Invalid(r.key, fmt.Sprintf("allowed are %d to %d", r.min, r.max))
		}
	}
	if c.group > 1 && c.group%shuffle == 0 {
		return config{}, v.Invalid("out-of-order.group-size", "no multiple of 953 is allowed")
	}
	return c, nil
}

// end is the number of events, or the largest number if there is no end.
func (c *config) end() int64 {
	n := int64(math.MaxInt64)
	if c.events > 0 {
		n = c.events
	}
	if c.stopAt >= 0 {
		n = min(n, c.stopAt)
	}
	return n
}

func (c *config) bounded() bool { return c.end() < math.MaxInt64 && !c.keepAlive }

// schema is the columns that a table must declare.
func schema() types.Schema {
	long, text, at := types.BigIntType(), types.StringType(), types.TimestampType(3)
	return types.Schema{
		{Name: "event_type", Type: types.IntType()},
		{Name: "person", Type: types.RowType(
			types.Field{Name: "id", Type: long}, types.Field{Name: "name", Type: text}, types.Field{Name: "emailAddress", Type: text},
			types.Field{Name: "creditCard", Type: text}, types.Field{Name: "city", Type: text}, types.Field{Name: "state", Type: text},
			types.Field{Name: "dateTime", Type: at}, types.Field{Name: "extra", Type: text})},
		{Name: "auction", Type: types.RowType(
			types.Field{Name: "id", Type: long}, types.Field{Name: "itemName", Type: text}, types.Field{Name: "description", Type: text},
			types.Field{Name: "initialBid", Type: long}, types.Field{Name: "reserve", Type: long}, types.Field{Name: "dateTime", Type: at},
			types.Field{Name: "expires", Type: at}, types.Field{Name: "seller", Type: long}, types.Field{Name: "category", Type: long},
			types.Field{Name: "extra", Type: text})},
		{Name: "bid", Type: types.RowType(
			types.Field{Name: "auction", Type: long}, types.Field{Name: "bidder", Type: long}, types.Field{Name: "price", Type: long},
			types.Field{Name: "channel", Type: text}, types.Field{Name: "url", Type: text}, types.Field{Name: "dateTime", Type: at},
			types.Field{Name: "extra", Type: text})},
	}
}

// checkSchema refuses columns that the generator does not make.
func checkSchema(s types.Schema) error {
	want := schema()
	for _, f := range s {
		i := want.Index(f.Name)
		if i < 0 {
			return fmt.Errorf("connector 'nexmark': column '%s' is not one of event_type, person, auction, bid", f.Name)
		}
		if !want[i].Type.Same(f.Type) {
			return fmt.Errorf("connector 'nexmark': column '%s' is of type %s, not %s", f.Name, want[i].Type, f.Type)
		}
	}
	return nil
}
