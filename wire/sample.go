package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// SamplesPath is where a gateway gives samples to the validators that its operator names, in a signed request to the gateway's account. The method is POST.
	SamplesPath = "/agon/v1/samples"

	// MaxSample bounds the question and the answer of a sample together, in bytes: what is longer is not sampled.
	MaxSample = 256 << 10
	// MaxSamplePage is the most samples of one answer, MaxSamplePageBytes the most bytes of questions and answers in it, but for the first.
	MaxSamplePage      = 32
	MaxSamplePageBytes = 1 << 20
	// MaxSampleReply bounds an answer with samples as it travels, in bytes.
	MaxSampleReply = 4 << 20

	// MaxSampleQuery bounds a query, in bytes.
	MaxSampleQuery = 4 << 10
)

// Sample is a call that somebody made and a miner answered, with what the miner signed for it: whoever has it can check that this miner gave this answer to this
// question, and when. It names the account that called, which is the gateway's, and not that one's customer.
type Sample struct {
	Netuid   uint16 `json:"netuid"`
	Method   string `json:"method"`
	Target   string `json:"target"` // path with query, as the miner got it
	Tag      string `json:"tag"`    // as its header has it
	Nonce    []byte `json:"nonce"`
	Time     int64  `json:"time"`   // Unix milliseconds, when the call was signed
	Expiry   int64  `json:"expiry"` // Unix milliseconds
	From     string `json:"from"`
	To       string `json:"to"`       // hotkey of the miner
	Question []byte `json:"question"` // as the miner got it
	Answer   []byte `json:"answer"`   // as the miner sent it; of a stream the events up to the receipt
	Receipt  string `json:"receipt"`
}

// NewSample makes a sample of a reply that was verified. Errors: [ErrSample] for one that no reader would take.
func NewSample(netuid uint16, question []byte, r *Reply) (Sample, error) {
	if r == nil || r.Request == nil || r.Receipt == nil || r.Status != http.StatusOK {
		return Sample{}, fmt.Errorf("%w: a reply without a receipt, or of an error", ErrSample)
	}
	if n := len(question) + len(r.Body); n > MaxSample {
		return Sample{}, fmt.Errorf("%w: question and answer have %d bytes, at most %d", ErrSample, n, MaxSample)
	}
	h := r.Request.Header
	return Sample{
		Netuid: netuid, Method: r.Request.Method, Target: r.Request.Target, Tag: h.Tag.String(), Nonce: h.Nonce[:], Time: h.Time.UnixMilli(), Expiry: h.Expiry.UnixMilli(),
		From: h.From, To: h.To, Question: question, Answer: r.Body, Receipt: r.Receipt.String(),
	}, nil
}

// Verify says whether the miner with this service key signed for this answer to this question, as a call of the sample's time, and returns what it signed. A receipt is of
// a request's hash, in which the time is: who called put it there, and the miner answers none that is off by more than its bounds. So neither of them alone can date
// a call otherwise. Errors: [ErrSample], and those of [Receipt.Verify] and [Receipt.Matches].
func (s *Sample) Verify(chainID string, netuid uint16, key ServicePublic) (Receipt, error) {
	if n := len(s.Question) + len(s.Answer); n > MaxSample {
		return Receipt{}, fmt.Errorf("%w: question and answer have %d bytes, at most %d", ErrSample, n, MaxSample)
	}
	r, err := ParseReceipt(s.Receipt)
	if err != nil {
		return Receipt{}, err
	}
	if err := r.Verify(key); err != nil {
		return Receipt{}, err
	}
	h := Header{Time: time.UnixMilli(s.Time), Expiry: time.UnixMilli(s.Expiry), From: s.From, To: s.To}
	if h.Tag, err = ParseTag(s.Tag); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrSample, err)
	}
	if len(s.Nonce) != len(h.Nonce) {
		return Receipt{}, fmt.Errorf("%w: nonce has %d bytes, want %d", ErrSample, len(s.Nonce), len(h.Nonce))
	}
	copy(h.Nonce[:], s.Nonce)
	signed, err := newRequest(chainID, s.Method, s.Target, BodyHash(s.Question), h)
	if err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrSample, err)
	}
	return r, r.Matches(signed, chainID, netuid, http.StatusOK, s.Answer)
}

// SampleQuery asks a gateway for samples of one subnet.
type SampleQuery struct {
	Netuid uint16 `json:"netuid"`
	// After is the last id that is known already; "" for the first.
	After string `json:"after,omitempty"`
	// SealTo is the key that the answer is sealed to, [SealingPublicSize] bytes: made for this query, and thrown away after it.
	SealTo []byte `json:"seal_to"`
}

// DecodeSampleQuery reads a query strictly. Errors: [ErrSampleQuery].
func DecodeSampleQuery(raw []byte) (SampleQuery, SealingPublic, error) {
	var q SampleQuery
	if len(raw) > MaxSampleQuery {
		return q, SealingPublic{}, fmt.Errorf("%w: %d bytes, at most %d", ErrSampleQuery, len(raw), MaxSampleQuery)
	}
	if err := json.Unmarshal(raw, &q); err != nil {
		return q, SealingPublic{}, fmt.Errorf("%w: want netuid, after and seal_to", ErrSampleQuery)
	}
	key, err := ParseSealingPublic(q.SealTo)
	if err != nil {
		return q, SealingPublic{}, fmt.Errorf("%w: seal_to: %w", ErrSampleQuery, err)
	}
	return q, key, nil
}

// SamplePage answers a query, oldest first. It travels sealed to the query's key, with the binding of [SealBinding] for the validator that asked, POST and [SamplesPath].
type SamplePage struct {
	Samples []KeptSample `json:"samples"`
	// More says that there are more after the last of these.
	More bool `json:"more,omitempty"`
}

// KeptSample is a sample as a gateway keeps it. Ids rise with time.
type KeptSample struct {
	ID string `json:"id"`
	Sample
}
