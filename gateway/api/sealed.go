package api

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/wire"
)

// sealed relays a body that only the miner can read. Its caller has chosen the miner, for it sealed the body to that one's key; so nobody else is tried. What a call
// may cost cannot be read from the body and is said by [HeaderMaxTokens].
func (c *call) sealed(raw []byte, path, subnet string) {
	in, cand, err := c.sealedTo(raw, path, subnet)
	if err != nil {
		c.fail(err)
		return
	}
	// As long as the body in the clear, and with its bound: what payer and miner reckon by. It does not say that it is a stream, so that the whole is vouched for
	// at once: events that nobody here can read cannot be metered.
	plain := c.plain(len(raw) - wire.SealedOverhead)
	hold, most, err := c.reserve(in, []route.Candidate{cand}, plain, 1)
	if err != nil {
		c.fail(err)
		return
	}
	ctx, cancel := c.bounded()
	defer cancel()
	r := c.request(in, []route.Candidate{cand}, path, most)
	r.Fallbacks, r.Pinned, r.ContentType, r.Plain = false, false, wire.ContentTypeSealed, plain
	s := &stream{c: c, f: &chatFilter{in: in}}
	if in.stream {
		r.OnEvent, r.Begin = s.event, s.begin
	} else {
		r.Accept = wire.ContentTypeSealed
	}
	ans, err := c.a.o.Caller.Do(ctx, r)
	c.settle(hold, in, ans, err)
	err = late(ctx, c.r.Context(), err)
	switch {
	case ans.Began:
		s.finish(ans, err)
	case err != nil:
		c.failed(ans, err)
	default:
		c.give(ans, ans.Reply.Body, "")
	}
}

// sealedTo finds the miner that a sealed body is for.
func (c *call) sealedTo(raw []byte, path, subnet string) (*input, route.Candidate, error) {
	var none route.Candidate
	if len(raw) < wire.SealedOverhead {
		return nil, none, refuse(http.StatusBadRequest, "bad_sealed_body", "", fmt.Sprintf("a sealed body has %d bytes, want at least %d", len(raw), wire.SealedOverhead))
	}
	to := c.r.Header.Get(HeaderMiner)
	net, hotkey, ok := strings.Cut(to, "/")
	netuid, err := strconv.ParseUint(net, 10, 16)
	if !ok || err != nil || hotkey == "" {
		return nil, none, refuse(http.StatusBadRequest, "miner_required", HeaderMiner,
			fmt.Sprintf("%s is %.100q, want netuid/hotkey of the miner that the body is sealed to; GET /v1/miners lists them", HeaderMiner, to))
	}
	v, _, err := c.a.o.Directory.Latest()
	if err != nil {
		return nil, none, err
	}
	at := slices.IndexFunc(v.Subnets, func(s *directory.Subnet) bool { return uint64(s.Netuid) == netuid })
	if at < 0 || (subnet != "" && subnet != net && subnet != v.Subnets[at].Slug) || (path != "" && v.Subnets[at].Route != path) {
		return nil, none, fmt.Errorf("%w: miner %.100q is not of this route; call POST /v1/tasks/%d", route.ErrUnknown, to, netuid)
	}
	tag, err := c.tag()
	if err != nil {
		return nil, none, err
	}
	in := &input{raw: raw, verbatim: true, sealed: true, model: route.Model{Subnet: net}, named: net, tag: tag, provider: route.Provider{Only: []string{hotkey}}}
	in.stream = accepts(c.r.Header.Get("Accept"), wire.ContentTypeStream)
	candidates, err := c.a.o.Router.Pick(v, route.Query{Model: in.model, Route: path, Sealed: true, Provider: in.provider, Most: 1})
	if err != nil {
		return nil, none, err
	}
	return in, candidates[0], nil
}

// plain stands for a body of so many bytes that cannot be read.
func (c *call) plain(size int) []byte {
	bound := struct {
		MaxTokens *uint32 `json:"max_tokens,omitempty"`
	}{}
	if n, err := strconv.ParseUint(c.r.Header.Get(HeaderMaxTokens), 10, 32); err == nil {
		v := uint32(n)
		bound.MaxTokens = &v
	}
	out, _ := json.Marshal(bound) // a number
	for len(out) < size {
		out = append(out, ' ')
	}
	return out
}

// accepts says whether a list of media types names one.
func accepts(list, want string) bool {
	for _, part := range strings.Split(list, ",") {
		if typ, _, err := mime.ParseMediaType(strings.TrimSpace(part)); err == nil && typ == want {
			return true
		}
	}
	return false
}
