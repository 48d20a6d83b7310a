package nexmark

import (
	"slices"
	"testing"

	"millrace/connectors/conntest"
)

// TestConformance restores after batches, with several readers, also of a shuffled stream.
func TestConformance(t *testing.T) {
	s := source(map[string]string{"events.num": "20000"}, "event_type", "bid.price", "auction.itemName", "person.creditCard")
	straight := conntest.Source(t, New(), s, 5)
	s.Options["out-of-order.group-size"] = "500"
	shuffled := conntest.Source(t, New(), s, 3)
	if len(straight) != 20000 || slices.Equal(straight, shuffled) {
		t.Errorf("%d rows; the shuffled stream is the same: %v", len(straight), slices.Equal(straight, shuffled))
	}
	slices.Sort(straight)
	slices.Sort(shuffled)
	if !slices.Equal(straight, shuffled) {
		t.Error("the shuffled stream has other events")
	}
}
