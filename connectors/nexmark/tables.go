package nexmark

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Constants of the specification.
const (
	golden     = 0x9E3779B97F4A7C15
	textLength = 1 << 20
	priceSteps = 1024
	priceRatio = 9348654329021067915 // 10^(6/1024) in 1/2^63

	firstID       = 1000 // of persons and auctions
	firstCategory = 10
	categories    = 5
	inFlight      = 100  // auctions that cold bids choose from
	activePersons = 1000 // persons that cold bids and auctions choose from
	lead          = 10   // ids that may be used before they exist
	hotEvery      = 100  // one person or auction in so many is hot
	coldChannels  = 10000
	block         = 50  // events in a row of one split
	shuffle       = 953 // step of the permutation inside a group

	streamEvents, streamLetters, streamWords, streamURLs = 0, 1, 2, 3

	// slack is how far behind a text one may read.
	slack = 32
	// urlSlot and channelSlot are the room for one entry.
	urlSlot, channelSlot = 80, 16
)

func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 27
	x *= 0x94D049BB133111EB
	return x ^ x>>31
}

func stream(seed, t uint64) uint64   { return mix(mix(seed+golden) ^ t) }
func draw(stream, i uint64) uint64   { return mix(stream + (i+1)*golden) }
func pick(x uint32, m int64) int64   { return int64(uint64(x) * uint64(m) >> 32) }
func pick16(x uint16, m int64) int64 { return int64(x) * m >> 16 }
func texts(list string) (words [][]byte) {
	for w := range strings.SplitSeq(list, ",") {
		words = append(words, []byte(w))
	}
	return words
}

// tables is what a seed determines. It is read only once it is made.
type tables struct {
	seed           uint64
	longest        int // how far the texts go on behind textLength
	events         uint64
	letters, words []byte
	prices         [priceSteps + 1]uint64
	deltas         [priceSteps]uint64 // (prices[i+1] - prices[i]) >> 22
	channels, urls []byte             // slots
	channelLen     []uint8
	urlLen         []uint8
	first, last    [][]byte
	cities, states [][]byte
	digits         []byte // 0000 to 9999
}

// newTables makes the tables; texts may be longest bytes long.
func newTables(seed uint64, longest int) *tables {
	t := &tables{
		seed: seed, longest: longest, events: stream(seed, streamEvents),
		first:  texts("Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter"),
		last:   texts("Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris"),
		cities: texts("Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne"),
		states: texts("AZ,CA,ID,OR,WA,WY"),
	}
	t.makeTexts()
	t.prices[0] = 100 << 32
	for i := range priceSteps {
		hi, lo := bits.Mul64(t.prices[i], priceRatio)
		t.prices[i+1] = hi<<1 | lo>>63
		t.deltas[i] = (t.prices[i+1] - t.prices[i]) >> 22
	}
	t.makeChannels()
	for i := range 10000 {
		t.digits = fmt.Appendf(t.digits, "%04d", i)
	}
	return t
}

func (t *tables) makeTexts() {
	t.letters, t.words = make([]byte, textLength+t.longest+slack), make([]byte, textLength+t.longest+slack)
	letters, words := stream(t.seed, streamLetters), stream(t.seed, streamWords)
	for i := range textLength {
		t.letters[i] = 'a' + byte(pick(uint32(draw(letters, uint64(i))>>32), 26))
		d := draw(words, uint64(i))
		t.words[i] = ' '
		if pick(uint32(d>>32), 13) != 0 {
			t.words[i] = 'a' + byte(pick(uint32(d), 26))
		}
	}
	for i := textLength; i < len(t.letters); i++ {
		t.letters[i], t.words[i] = t.letters[i-textLength], t.words[i-textLength]
	}
}

func (t *tables) makeChannels() {
	hot := texts("Google,Facebook,Baidu,Apple")
	n := coldChannels + len(hot)
	t.channels, t.urls = make([]byte, n*channelSlot), make([]byte, n*urlSlot)
	t.channelLen, t.urlLen = make([]uint8, n), make([]uint8, n)
	s := stream(t.seed, streamURLs)
	for i := range n {
		url := []byte("https://www.nexmark.com/")
		for j := range uint64(3) {
			from := len(url)
			url = append(url, t.text(t.words, uint32(draw(s, 4*uint64(i)+j)), 2)...)
			for k := from; k < len(url); k++ {
				if url[k] == ' ' {
					url[k] = '_'
				}
			}
			url = append(url, '/')
		}
		url = append(url, "item.htm?query=1"...)
		channel := t.channels[i*channelSlot : i*channelSlot : (i+1)*channelSlot]
		if i < coldChannels {
			channel = strconv.AppendInt(append(channel, "channel-"...), int64(i), 10)
			if pick(uint32(draw(s, 4*uint64(i)+3)>>32), 10) > 0 {
				id := int64(int32(bits.Reverse32(uint32(i))))
				url = strconv.AppendInt(append(url, "&channel_id="...), max(id, -id), 10)
			}
		} else {
			channel = append(channel, hot[i-coldChannels]...)
		}
		t.channelLen[i], t.urlLen[i] = uint8(len(channel)), uint8(copy(t.urls[i*urlSlot:], url))
	}
}

// text is the piece of source that x chooses: the low 20 bits the offset, the high 12 bits the length in [3, 3+span).
func (t *tables) text(source []byte, x uint32, span int) []byte {
	offset, length := int(x&(textLength-1)), 3+int(x>>20)*span>>12
	return source[offset : offset+length]
}

// price is a price of 1 to 1,000,000 dollars in cents, even in the logarithm.
func (t *tables) price(u uint32) int64 {
	i := u >> 22
	return int64((t.prices[i] + t.deltas[i&(priceSteps-1)]*uint64(u&(1<<22-1)) + 1<<31) >> 32)
}

// trim drops spaces at both ends.
func trim(b []byte) []byte {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b
}
