package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/wire"
)

// pathChat is the route of OpenAI's chat completions.
const pathChat = "/v1/chat/completions"

// Request is one call to one miner.
type Request struct {
	Path string // route of the subnet's task, such as /v1/chat/completions
	Body []byte // JSON
	// Sealed hides the body and the answer from whoever stands between here and the miner. The miner itself reads both.
	Sealed bool
	// MaxCost is the most that it may cost, nagon; 0: the client's.
	MaxCost uint64
	// Version of x/model that is to answer, by its id; 0: whichever the miner serves. It decides who gets the model's part of what is paid.
	Version uint64
}

// Answer is what came back, with the proof of who said it.
type Answer struct {
	Miner   Miner
	Body    []byte        // opened where the call was sealed; of a stream nil
	Receipt *wire.Receipt // verified
	Paid    payer.Paid    // zero of a free miner
}

// Call asks one miner and checks its receipt. Errors: [ErrPriced], [ErrNoSealing], and those of wire.Client.Do and payer.Payer.Do, such as a
// *wire.APIError that the miner answered with.
func (c *Client) Call(ctx context.Context, m Miner, r Request) (*Answer, error) {
	call, opener, err := c.prepare(ctx, m, r, false)
	if err != nil {
		return nil, err
	}
	var reply *wire.Reply
	a := &Answer{Miner: m}
	if c.payer == nil {
		reply, err = c.wire.Do(ctx, call)
		err = priced(err)
	} else {
		reply, a.Paid, err = c.payer.Do(ctx, call, terms(m, r))
	}
	if err != nil {
		return nil, err
	}
	a.Receipt, a.Body = reply.Receipt, reply.Body
	if opener != nil {
		var end bool
		if a.Body, end, err = opener.Open(reply.Body); err == nil && !end {
			err = fmt.Errorf("%w: the answer is no whole record", wire.ErrTruncated)
		}
		if err != nil {
			return nil, fmt.Errorf("answer of miner %s: %w", m.Hotkey, err)
		}
	}
	return a, nil
}

// Stream asks one miner and gives onEvent the data of each event, opened where the call was sealed; it must not keep the slice. Only a nil error says
// that all events are the miner's and came to the end. The body has to ask for a stream. Errors: those of [Client.Call], and onEvent's own.
func (c *Client) Stream(ctx context.Context, m Miner, r Request, onEvent func(data []byte) error) (*Answer, error) {
	call, opener, err := c.prepare(ctx, m, r, true)
	if err != nil {
		return nil, err
	}
	call.Opener = opener
	var reply *wire.Reply
	a := &Answer{Miner: m}
	if c.payer == nil {
		reply, err = c.wire.Stream(ctx, call, onEvent)
		err = priced(err)
	} else {
		reply, a.Paid, err = c.payer.Stream(ctx, call, terms(m, r), onEvent)
	}
	if err != nil {
		return nil, err
	}
	a.Receipt = reply.Receipt
	return a, nil
}

func terms(m Miner, r Request) payer.Terms {
	return payer.Terms{Price: m.Price, Plain: r.Body, MaxCost: r.MaxCost, Version: r.Version}
}

// priced says what to do about a miner that wants to be paid.
func priced(err error) error {
	if api, ok := errors.AsType[*wire.APIError](err); ok && api.Status == http.StatusPaymentRequired {
		return fmt.Errorf("%w: give the client a Home and a Key to pay with: %w", ErrPriced, err)
	}
	return err
}

func (c *Client) prepare(ctx context.Context, m Miner, r Request, stream bool) (wire.Call, *wire.ResponseOpener, error) {
	if c.payer == nil && !m.Price.Free() {
		return wire.Call{}, nil, fmt.Errorf("%w: uid %d in subnet %d has a price; give the client a Home and a Key to pay with", ErrPriced, m.UID, m.Netuid)
	}
	service, err := wire.ParseServicePublic(m.ServiceKey)
	if err != nil {
		return wire.Call{}, nil, err
	}
	session, err := c.session()
	if err != nil {
		return wire.Call{}, nil, err
	}
	call := wire.Call{Session: session, Endpoint: m.URL, To: m.Hotkey, ServiceKey: service, Netuid: m.Netuid, Path: r.Path, Body: r.Body}
	if !r.Sealed {
		return call, nil, nil
	}
	raw, err := c.dir.sealingKey(ctx, m)
	if err != nil {
		return wire.Call{}, nil, err
	}
	key, err := wire.ParseSealingPublic(raw)
	if err != nil {
		return wire.Call{}, nil, err
	}
	sealed, opener, err := wire.SealRequest(key, wire.SealBinding(c.cfg.ChainID, m.Hotkey, http.MethodPost, r.Path), r.Body)
	if err != nil {
		return wire.Call{}, nil, err
	}
	call.Body, call.ContentType = sealed, wire.ContentTypeSealed
	if !stream {
		call.Accept = wire.ContentTypeSealed
	}
	return call, opener, nil
}

// Chat asks the best miner of "netuid", "netuid/name" or "netuid/name@version" with a body of OpenAI's chat completions, and the next where one cannot be
// reached or refuses for a reason of its own; three at most. The model is put into the body where it names none. Errors: [ErrModel],
// [ErrNoMiner], or those of [Client.Call] with the miner that failed last.
func (c *Client) Chat(ctx context.Context, model string, body []byte) (*Answer, error) {
	return c.best(ctx, model, Request{Path: pathChat, Body: body}, c.Call)
}

// ChatStream is Chat with an answer in events; stream is set in the body. Once an event has come no other miner is tried.
func (c *Client) ChatStream(ctx context.Context, model string, body []byte, onEvent func(data []byte) error) (*Answer, error) {
	body, err := with(body, "stream", true, true)
	if err != nil {
		return nil, err
	}
	began := false
	return c.best(ctx, model, Request{Path: pathChat, Body: body}, func(ctx context.Context, m Miner, r Request) (*Answer, error) {
		a, err := c.Stream(ctx, m, r, func(data []byte) error {
			began = true
			return onEvent(data)
		})
		if err != nil && began {
			err = final{err}
		}
		return a, err
	})
}

// Best calls the best miners of a model, as Chat does, by any route.
func (c *Client) Best(ctx context.Context, model string, r Request) (*Answer, error) {
	return c.best(ctx, model, r, c.Call)
}

func (c *Client) best(ctx context.Context, model string, r Request, ask func(context.Context, Miner, Request) (*Answer, error)) (*Answer, error) {
	netuid, name, err := parseModel(model)
	if err != nil {
		return nil, err
	}
	miners, err := c.Miners(ctx, netuid)
	if err != nil {
		return nil, err
	}
	if name != "" && r.Path == pathChat {
		if r.Body, err = with(r.Body, "model", name, false); err != nil {
			return nil, err
		}
	}
	var last error
	tried := 0
	for _, m := range miners {
		if name != "" {
			v, ok := m.serves(name)
			if !ok {
				continue
			}
			r.Version = v.ID
		}
		a, err := ask(ctx, m, r)
		if err == nil {
			return a, nil
		}
		var end final
		if errors.As(err, &end) {
			return nil, end.error
		}
		last = fmt.Errorf("uid %d of subnet %d: %w", m.UID, netuid, err)
		if tried++; tried == attempts || ctx.Err() != nil || ours(err) {
			return nil, last
		}
	}
	if last != nil {
		return nil, last
	}
	return nil, fmt.Errorf("%w: %q; agond query scoring metagraph %d lists who serves, agond model list what", ErrNoMiner, model, netuid)
}

// final is an error after which no other miner is asked.
type final struct{ error }

// ours says whether another miner would answer the same.
func ours(err error) bool {
	api, ok := errors.AsType[*wire.APIError](err)
	return ok && (api.Status == http.StatusBadRequest || api.Status == http.StatusRequestEntityTooLarge || api.Status == http.StatusUnauthorized)
}

// with sets a member of a JSON object, where it is absent or over says so.
func with(body []byte, name string, value any, over bool) ([]byte, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, fmt.Errorf("%w: body is no JSON object: %w", wire.ErrCall, err)
	}
	if _, there := object[name]; there && !over {
		return body, nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	if object == nil {
		object = map[string]json.RawMessage{}
	}
	object[name] = raw
	return json.Marshal(object)
}
