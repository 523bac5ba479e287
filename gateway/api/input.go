package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"github.com/agon-chain/agon/gateway/body"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/wire"
)

// chatRoute is the path of the task that OpenAI's chat goes to.
const chatRoute = "/v1/chat/completions"

// read takes the body, at most as long as is allowed.
func (c *call) read() (raw []byte, sealed bool, err error) {
	given := c.r.Header.Get("Content-Type")
	typ, _, err := mime.ParseMediaType(given)
	sealed = err == nil && typ == wire.ContentTypeSealed
	if err != nil || (!sealed && typ != "application/json") {
		return nil, false, refuse(http.StatusUnsupportedMediaType, "unsupported_content_type", "",
			fmt.Sprintf("Content-Type is %.64q, want application/json or %s", given, wire.ContentTypeSealed))
	}
	if e := c.r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, false, refuse(http.StatusUnsupportedMediaType, "unsupported_content_encoding", "", fmt.Sprintf("Content-Encoding is %.64q, want none: hashes are of the bytes sent", e))
	}
	limit := c.a.o.MaxBody
	if sealed {
		limit += wire.SealedOverhead
	}
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "body_too_large", "", fmt.Sprintf("the body has more than %d bytes", limit))
	if c.r.ContentLength > limit {
		c.w.Header().Set("Connection", "close") // it is not read, so the connection cannot be used again
		return nil, false, tooLarge
	}
	raw, err = io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, limit))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, false, tooLarge
	}
	if err != nil {
		return nil, false, refuse(http.StatusRequestTimeout, "incomplete_body", "", "the request's body ended early or came too slowly; send it again")
	}
	return raw, sealed, nil
}

// input is a call as its caller means it.
type input struct {
	obj      *body.Object // without what is the gateway's; nil where the body is passed verbatim and unread
	raw      []byte
	model    route.Model
	named    string // as the caller wrote it
	provider route.Provider
	members  []string // of the body that not every miner knows
	ensemble *ensemble
	tag      wire.Tag
	verbatim bool
	sealed   bool
	stream   bool
	usage    bool // the caller asked for it in its stream
	logprobs bool // the caller asked for them
	consent  bool // the caller lets the call be scored after the fact
	seed     int64
}

// common are members of bodies that every miner of a chat knows.
var common = []string{"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "seed", "stop", "stream", "stream_options", "n", "user"}

// parse reads what routes a call, and takes the gateway's own members out of the body. Errors are a caller's.
func (c *call) parse(raw []byte) (*input, error) {
	obj, err := body.Parse(raw)
	if err != nil {
		return nil, err
	}
	in := &input{obj: obj, raw: raw, verbatim: c.r.Header.Get(HeaderVerbatim) == "1", seed: rand.Int64()}
	if in.tag, err = c.tag(); err != nil {
		return nil, err
	}
	if in.consent, err = c.consent(); err != nil {
		return nil, err
	}
	if m := obj.Get("model"); m != nil && json.Unmarshal(m, &in.named) != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "model", "model must be a string")
	}
	if h := c.r.Header.Get(HeaderModel); h != "" {
		in.named = h
	}
	if in.model, err = route.ParseModel(in.named); err != nil {
		return nil, err
	}
	provider := obj.Get("provider")
	if h := c.r.Header.Get(HeaderProvider); h != "" {
		if provider = json.RawMessage(h); !json.Valid(provider) {
			return nil, fmt.Errorf("%w: %s is not JSON", route.ErrModel, HeaderProvider)
		}
	}
	if in.provider, err = route.ParseProvider(provider); err != nil {
		return nil, err
	}
	if in.ensemble, err = parseEnsemble(obj.Get("agon")); err != nil {
		return nil, err
	}
	if !in.verbatim {
		obj.Cut("provider")
		obj.Cut("agon")
	}
	if err := in.flags(); err != nil {
		return nil, err
	}
	for _, name := range obj.Names() {
		if !slices.Contains(common, name) && (name != "logprobs" || in.logprobs) {
			in.members = append(in.members, name)
		}
	}
	return in, nil
}

func (in *input) flags() error {
	for _, f := range []struct {
		name string
		to   *bool
	}{{"stream", &in.stream}, {"logprobs", &in.logprobs}} {
		if raw := in.obj.Get(f.name); raw != nil && json.Unmarshal(raw, f.to) != nil {
			return refuse(http.StatusBadRequest, "invalid_request", f.name, f.name+" must be true or false")
		}
	}
	if raw := in.obj.Get("stream_options"); raw != nil {
		var o struct {
			IncludeUsage bool `json:"include_usage"`
		}
		if json.Unmarshal(raw, &o) != nil {
			return refuse(http.StatusBadRequest, "invalid_request", "stream_options", "stream_options must be an object")
		}
		in.usage = o.IncludeUsage
	}
	return nil
}

// tag is the caller's own, of a validator that asks through a gateway; else zero.
func (c *call) tag() (wire.Tag, error) {
	h := c.r.Header.Get(wire.HeaderTag)
	if h == "" {
		return wire.Tag{}, nil
	}
	t, err := wire.ParseTag(h)
	if err != nil {
		return t, refuse(http.StatusBadRequest, "malformed_header", wire.HeaderTag, wire.HeaderTag+" must be 32 bytes in unpadded base64url")
	}
	return t, nil
}

// upstream is the body for a miner. What it changes, and nothing else: the model is left out where the version is told by the receipt and else put as the miner
// names it; streams tell their usage; and, where questions have them and calls shall look alike, a seed and log-probabilities are asked for.
func (in *input) upstream(c route.Candidate, disguise bool, lacks func(string) bool) []byte {
	if in.verbatim {
		return in.raw
	}
	o := in.obj.Clone()
	if in.model.Name == "" || c.Model.Root != (wire.Hash{}) || c.Model.Name == "" {
		o.Cut("model")
	} else {
		name, _ := json.Marshal(c.Model.Pin()) // a string
		o.Set("model", name)
	}
	if in.stream {
		o.Set("stream_options", []byte(`{"include_usage":true}`))
	}
	if disguise {
		if o.Get("seed") == nil {
			o.Set("seed", strconv.AppendInt(nil, in.seed, 10))
		}
	}
	// An ensemble cannot choose by what it does not get.
	if (disguise || in.ensemble != nil && in.ensemble.By == byLogprob) && !in.logprobs && !lacks("logprobs") {
		o.Set("logprobs", []byte("true"))
	}
	return o.Bytes()
}

// maxAdded is what upstream makes a body longer by, at most, beside the model's name: {"seed":-9223372036854775808,"logprobs":true,"stream_options":{"include_usage":true},"model":"@"}.
const maxAdded = 128

// reserve takes what the call can cost at most: so many times the dearest candidate as may be paid for at once. A miner that fails is not paid. The function is the
// most for each candidate, by the price that it was chosen for.
func (c *call) reserve(in *input, candidates []route.Candidate, plain []byte, times int) (Hold, func(route.Candidate) uint64, error) {
	demand := wire.ReadDemand(plain, 0)
	each := map[*directory.Miner]uint64{}
	var most uint64
	for _, cand := range candidates {
		bytes := demand.Input
		if !in.verbatim {
			bytes += uint32(maxAdded + len(cand.Model.Name) + len(cand.Model.Version))
		}
		cost, err := cand.Price.Cost(bytes, demand.Output)
		if err != nil {
			return nil, nil, err
		}
		cost = min(cost, c.a.o.MaxCost)
		each[cand.Miner] = max(1, cost) // to the payer 0 is no bound: a miner that was free a moment ago would be paid what nobody reserved
		most = max(most, cost)
	}
	hold, err := c.who.Reserve(c.r.Context(), keys.Want{Model: in.named, Cost: most * uint64(times), Tokens: int(demand.Input) + int(demand.Output)})
	if err != nil {
		return nil, nil, err
	}
	c.limits(hold.Limits())
	return hold, func(cand route.Candidate) uint64 { return each[cand.Miner] }, nil
}

// limits writes OpenAI's headers of rates.
func (c *call) limits(l keys.Limits) {
	for _, f := range []struct {
		of string
		l  keys.Limit
	}{{"requests", l.Requests}, {"tokens", l.Tokens}} {
		if f.l.Limit == 0 {
			continue
		}
		h := c.w.Header()
		h.Set("X-Ratelimit-Limit-"+f.of, strconv.FormatUint(f.l.Limit, 10))
		h.Set("X-Ratelimit-Remaining-"+f.of, strconv.FormatUint(f.l.Remaining, 10))
		h.Set("X-Ratelimit-Reset-"+f.of, f.l.Reset.String())
	}
}
