package wire_test

import (
	"math"
	"math/big"
	"math/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
)

// slowCost is the formula as it is written, with numbers of any size.
func slowCost(p wire.Price, in, out uint32) *big.Int {
	n := func(v uint64) *big.Int { return new(big.Int).SetUint64(v) }
	sum := new(big.Int).Add(new(big.Int).Mul(n(p.PerMillionInput), n(uint64(in))), new(big.Int).Mul(n(p.PerMillionOutput), n(uint64(out))))
	sum.Add(sum, big.NewInt(999_999))
	return sum.Div(sum, big.NewInt(1_000_000)).Add(sum, n(p.PerRequest))
}

func TestCostAgainstBig(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	word := func() uint64 {
		switch r.Intn(4) {
		case 0:
			return 0
		case 1:
			return math.MaxUint64
		}
		return r.Uint64() >> r.Intn(64)
	}
	over := 0
	for range 100_000 {
		p := wire.Price{PerRequest: word(), PerMillionInput: word(), PerMillionOutput: word()}
		in, out := uint32(word()), uint32(word())
		want := slowCost(p, in, out)
		got, err := p.Cost(in, out)
		if !want.IsUint64() {
			require.ErrorIs(t, err, wire.ErrPrice, "%+v %d %d", p, in, out)
			over++
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want.Uint64(), got, "%+v %d %d", p, in, out)
	}
	require.Positive(t, over)
}

func TestDearestPriceFits(t *testing.T) {
	p := wire.Price{PerRequest: wire.MaxPrice, PerMillionInput: wire.MaxPrice, PerMillionOutput: wire.MaxPrice}
	require.NoError(t, p.Validate())
	cost, err := p.Cost(math.MaxUint32, math.MaxUint32)
	require.NoError(t, err)
	require.Equal(t, slowCost(p, math.MaxUint32, math.MaxUint32).Uint64(), cost)
	p.PerMillionInput++
	require.ErrorIs(t, p.Validate(), wire.ErrPrice)
}

func TestReadDemand(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want wire.Demand
	}{
		"no-bound":          {`{"messages":[]}`, wire.Demand{Output: 100}},
		"max-tokens":        {`{"max_tokens":7}`, wire.Demand{Output: 7}},
		"both":              {`{"max_tokens":7,"max_completion_tokens":6}`, wire.Demand{Output: 6}},
		"more-than-allowed": {`{"max_tokens":101}`, wire.Demand{Output: 100}},
		"null":              {`{"max_tokens":null,"stream":null}`, wire.Demand{Output: 100}},
		"stream":            {`{"stream":true,"max_completion_tokens":9}`, wire.Demand{Output: 9, Stream: true}},
		"stream-is-text":    {`{"stream":"true","max_tokens":9}`, wire.Demand{Output: 9}},
		"fraction":          {`{"max_tokens":7.5}`, wire.Demand{Output: 100}},
		"negative":          {`{"max_tokens":-1}`, wire.Demand{Output: 100}},
		"no-json":           {`max_tokens`, wire.Demand{Output: 100}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Input = uint32(len(c.body))
			require.Equal(t, c.want, wire.ReadDemand([]byte(c.body), 100))
		})
	}
	require.Equal(t, uint32(wire.DefaultMaxOutput), wire.ReadDemand(nil, 0).Output)
}

func TestReserve(t *testing.T) {
	p := wire.Price{PerRequest: 1000, PerMillionInput: 2_000_000, PerMillionOutput: 10_000_000}
	whole := wire.Demand{Input: 50, Output: 1000}
	reserve := func(d wire.Demand, served uint32) uint64 {
		n, err := p.Reserve(d, served)
		require.NoError(t, err)
		return n
	}
	require.Equal(t, uint64(1000+100+10_000), reserve(whole, 0), "a whole answer at its bound")
	stream := whole
	stream.Stream = true
	require.Equal(t, uint64(1100+2560), reserve(stream, 0))
	require.Equal(t, uint64(1100+2560), reserve(stream, 255))
	require.Equal(t, uint64(1100+5120), reserve(stream, 256), "the next chunk")
	require.Equal(t, uint64(1100+10_000), reserve(stream, 900), "never more than the bound")

	charge, err := p.Charge(whole, 1_000_000, 5_000)
	require.NoError(t, err)
	require.Equal(t, reserve(whole, 0), charge, "padded counts cost no more than the bound")
	charge, err = p.Charge(whole, 10, 20)
	require.NoError(t, err)
	require.Equal(t, uint64(1000+20+200), charge)
}

func TestMeterEvent(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		want  uint32
	}{
		"role":        {`{"choices":[{"delta":{"role":"assistant","content":""}}]}`, 0},
		"short":       {`{"choices":[{"delta":{"content":"a"}}]}`, 1},
		"eight-bytes": {`{"choices":[{"delta":{"content":"abcdefgh"}}]}`, 1},
		"nine-bytes":  {`{"choices":[{"delta":{"content":"abcdefghi"}}]}`, 2},
		"logprobs":    {`{"choices":[{"delta":{"content":"ab"},"logprobs":{"content":[{},{},{}]}}]}`, 3},
		"no-logprobs": {`{"choices":[{"delta":{"content":"ab"},"logprobs":null}]}`, 1},
		"completion":  {`{"choices":[{"text":"ab"}]}`, 1},
		"usage":       {`{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`, 0},
		"other-task":  {`{"n":0}`, 1},
		"no-json":     {`x`, 1},
		"a-lot":       {`{"choices":[{"delta":{"content":"` + strings.Repeat("x", 8000) + `"}}]}`, 1000},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, wire.MeterEvent([]byte(c.event))) })
	}
	in, out := wire.Demand{Input: 401, Output: 30}.Delivered(31)
	require.Equal(t, uint32(101), in)
	require.Equal(t, uint32(30), out)
}

// FuzzDemand: whatever a body or an event is, what it may cost is within the bounds that were agreed, and both sides reckon it without overflow.
func FuzzDemand(f *testing.F) {
	f.Add([]byte(`{"max_tokens":5,"max_completion_tokens":7,"stream":true}`), []byte(`{"choices":[{"delta":{"content":"text"},"logprobs":{"content":[{},{}]}}]}`), uint32(100), uint32(3))
	f.Add([]byte(`{"max_tokens":-1,"max_completion_tokens":1e300}`), []byte(`{"choices":null}`), uint32(0), uint32(math.MaxUint32))
	f.Add([]byte(`{"max_tokens":9223372036854775808,"stream":"true"}`), []byte("{\"choices\":[{\"text\":\"\xff\xfe\"}]}"), uint32(math.MaxUint32), uint32(255))
	dearest := wire.Price{PerRequest: wire.MaxPrice, PerMillionInput: wire.MaxPrice, PerMillionOutput: wire.MaxPrice}
	f.Fuzz(func(t *testing.T, body, event []byte, bound, served uint32) {
		d := wire.ReadDemand(body, bound)
		if bound == 0 {
			bound = wire.DefaultMaxOutput
		}
		require.LessOrEqual(t, d.Output, bound)
		require.EqualValues(t, len(body), d.Input)
		whole, err := dearest.Cost(d.Input, d.Output)
		require.NoError(t, err)
		reserved, err := dearest.Reserve(d, served)
		require.NoError(t, err)
		require.LessOrEqual(t, reserved, whole)
		charged, err := dearest.Charge(d, math.MaxUint32, math.MaxUint32)
		require.NoError(t, err)
		require.Equal(t, whole, charged, "padded counts cost no more than the call could use")
		require.GreaterOrEqual(t, wire.ChunkEnd(served), served)
		require.LessOrEqual(t, uint64(wire.ChunkEnd(served))-uint64(served), uint64(wire.VoucherChunk))
		in, out := d.Delivered(wire.MeterEvent(event))
		require.LessOrEqual(t, in, d.Input)
		require.LessOrEqual(t, out, d.Output)
		// A token that counts has at least a byte in the event that shows it, but for an event that is nothing of OpenAI's.
		require.LessOrEqual(t, int(wire.MeterEvent(event)), max(1, len(event)))
	})
}
