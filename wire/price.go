package wire

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/agon-chain/agon/internal/wide"
)

const (
	// HeaderCost and HeaderSpent stand on a whole reply that was paid for: nagon of this call, and of all calls on its channel.
	HeaderCost  = "Agon-Cost"
	HeaderSpent = "Agon-Spent"

	// VoucherPath is where a further voucher for a stream under way is sent, behind the path of the miner's URL: its text is the body, the
	// answer 204 or an error in OpenAI's shape.
	VoucherPath = "/agon/v1/vouchers"

	// VoucherChunk is how many output tokens of a stream are served before a further voucher must have come.
	VoucherChunk = 256
	// DefaultMaxOutput bounds the output tokens of a call that names no bound, of a task that has none.
	DefaultMaxOutput = 4096
	// MaxPrice bounds each part of a price, in nagon: a million AGON.
	MaxPrice = 1_000_000_000_000_000

	// promptBytes and outputBytes are the bytes of text that count as one token where nothing tells the tokens.
	promptBytes = 4
	outputBytes = 8
)

// Price is what a miner asks for a call, in nagon. The zero value is free.
type Price struct {
	PerRequest       uint64 `json:"per_request,string"`
	PerMillionInput  uint64 `json:"per_million_input,string"`
	PerMillionOutput uint64 `json:"per_million_output,string"`
}

// Free says whether nothing costs anything.
func (p Price) Free() bool { return p == Price{} }

// Validate returns [ErrPrice] with the part that is above [MaxPrice], or nil.
func (p Price) Validate() error {
	for _, f := range []struct {
		name  string
		value uint64
	}{{"per_request", p.PerRequest}, {"per_million_input", p.PerMillionInput}, {"per_million_output", p.PerMillionOutput}} {
		if f.value > MaxPrice {
			return fmt.Errorf("%w: %s is %d nagon, want at most %d", ErrPrice, f.name, f.value, uint64(MaxPrice))
		}
	}
	return nil
}

// Cost is per_request + ceil((in*per_million_input + out*per_million_output) / 10^6), reckoned with 128 bits in between. It is [ErrPrice] where
// the sum does not fit 64 bits, which no price that Validate accepts can give.
func (p Price) Cost(in, out uint32) (uint64, error) {
	// Two products below 2^96 cannot overflow, nor a quotient divided by 10^6 by the rounding.
	tokens, _ := wide.Mul64(p.PerMillionInput, uint64(in)).Add(wide.Mul64(p.PerMillionOutput, uint64(out)))
	sum, rest, _ := tokens.MulDiv(1, wide.From64(1_000_000))
	if !rest.IsZero() {
		sum, _ = sum.Add(wide.From64(1))
	}
	sum, _ = sum.Add(wide.From64(p.PerRequest))
	cost, ok := sum.Uint64()
	if !ok {
		return 0, fmt.Errorf("%w: %d input and %d output tokens cost %s nagon, more than 64 bits hold", ErrPrice, in, out, sum)
	}
	return cost, nil
}

// Demand is what a call may use at most, as its body says before it is answered. Payer and miner read the same from the same body.
type Demand struct {
	Input  uint32 // prompt tokens at most: a token stands for a byte or more, so the body's length
	Output uint32 // output tokens at most
	Stream bool   // the answer comes in events
}

// ReadDemand reads a body in the clear. Output is the body's max_tokens or max_completion_tokens, the smaller of two, and bound where it has neither or
// more than that; 0 for bound means [DefaultMaxOutput]. Whether the body fits its task is not judged here.
func ReadDemand(body []byte, bound uint32) Demand {
	if bound == 0 {
		bound = DefaultMaxOutput
	}
	d := Demand{Input: clamp32(len(body)), Output: bound}
	var r struct {
		MaxTokens     *json.Number `json:"max_tokens"`
		MaxCompletion *json.Number `json:"max_completion_tokens"`
		Stream        any          `json:"stream"`
	}
	if json.Unmarshal(body, &r) != nil {
		return d // the expert will say what is wrong with it
	}
	d.Stream = r.Stream == true
	for _, n := range []*json.Number{r.MaxTokens, r.MaxCompletion} {
		if n == nil {
			continue
		}
		if v, err := n.Int64(); err == nil && v >= 0 && v < int64(d.Output) {
			d.Output = uint32(v)
		}
	}
	return d
}

// Reserve is what must be vouched for, beyond what is spent or reserved by other calls, before a call is served, and of a stream before it goes on
// after served output tokens: a whole answer at its bound; of a stream the prompt and the tokens up to the end of the chunk under way.
func (p Price) Reserve(d Demand, served uint32) (uint64, error) {
	out := d.Output
	if d.Stream {
		out = min(out, ChunkEnd(served))
	}
	return p.Cost(d.Input, out)
}

// ChunkEnd is the number of output tokens at which the chunk ends that follows served ones.
func ChunkEnd(served uint32) uint32 {
	end := (uint64(served)/VoucherChunk + 1) * VoucherChunk
	return uint32(min(end, math.MaxUint32))
}

// Charge is what a call costs by the tokens of its receipt: never for more tokens than the call could use, so that counts which a backend padded
// cost nobody anything.
func (p Price) Charge(d Demand, in, out uint32) (uint64, error) {
	return p.Cost(min(in, d.Input), min(out, d.Output))
}

// Delivered are the tokens that a stream counts for which ended before anybody told its usage: a token for each four bytes of the body, and the output
// as [MeterEvent] counted it.
func (d Demand) Delivered(metered uint32) (in, out uint32) {
	return (d.Input + promptBytes - 1) / promptBytes, min(metered, d.Output)
}

// MeterEvent is how many output tokens an event of a stream, in the clear, counts for while it runs: the number of its log-probabilities or of its
// text's bytes by eight, rounded up, whichever is more, and one where it has no choices as OpenAI's events have. It decides when a further
// voucher is due; what the whole costs is reckoned from the receipt.
func MeterEvent(event []byte) uint32 {
	var e struct {
		Choices *[]struct {
			Text  string `json:"text"`
			Delta struct {
				Content string `json:"content"`
			} `json:"delta"`
			Logprobs struct {
				Content []json.RawMessage `json:"content"`
			} `json:"logprobs"`
		} `json:"choices"`
	}
	if json.Unmarshal(event, &e) != nil || e.Choices == nil {
		return 1
	}
	n := 0
	for _, c := range *e.Choices {
		n += max(len(c.Logprobs.Content), (len(c.Delta.Content)+outputBytes-1)/outputBytes, (len(c.Text)+outputBytes-1)/outputBytes)
	}
	return clamp32(n)
}

func clamp32(n int) uint32 { return uint32(min(uint64(n), math.MaxUint32)) }
