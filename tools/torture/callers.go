package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/agon-chain/agon/client"
	"github.com/agon-chain/agon/localnet"
)

// question is what users ask, and route where.
const (
	question = `{"text": "Alle Menschen sind frei und gleich an Würde und Rechten geboren."}`
	route    = "/v1/langid"
)

// callers are users: one calls every miner itself and pays those that have a price, one goes through the gateway.
type callers struct {
	client *client.Client
	url    string // of the gateway
	key    string // to it
	http   http.Client
	stop   context.CancelFunc
	ended  sync.WaitGroup

	direct, viaGateway tally
	paid               atomic.Uint64 // nagon, of calls that were answered
}

// tally counts calls.
type tally struct{ calls, failed atomic.Int64 }

func (t *tally) note(err error) {
	t.calls.Add(1)
	if err != nil {
		t.failed.Add(1)
	}
}

func (c *cluster) callers(ctx context.Context, home string) (*callers, error) {
	u := &callers{url: c.Gateway().URL, key: c.Gateway().APIKey, http: http.Client{Timeout: 10 * time.Second}}
	var err error
	u.client, err = client.Dial(ctx, client.Config{
		RPC: c.Nodes()[0].RPC(), GRPC: c.Nodes()[0].GRPC(), ChainID: c.Client().ChainID(), Keyring: c.Keys(), Key: localnet.HolderKey,
		Home: home, Timeout: 10 * time.Second, AllowPrivate: true,
	})
	if err != nil {
		return nil, err
	}
	ctx, u.stop = context.WithCancel(ctx)
	u.ended.Go(func() { u.callMiners(ctx) }) // both end with stop, and end waits for them
	u.ended.Go(func() { u.callGateway(ctx) })
	return u, nil
}

// between is how long a user thinks between two calls.
const between = 100 * time.Millisecond

func (u *callers) callMiners(ctx context.Context) {
	for pause(ctx, between) == nil {
		miners, err := u.client.Miners(ctx, localnet.Netuid)
		if err != nil {
			continue // the node's, which nobody kills here
		}
		for _, m := range miners {
			// A call under way when the calls end is let go on, so that what it costs is known.
			answer, err := u.client.Call(context.WithoutCancel(ctx), m, client.Request{Path: route, Body: []byte(question)})
			u.direct.note(err)
			if err == nil {
				u.paid.Add(answer.Paid.Cost)
			}
		}
	}
}

func (u *callers) callGateway(ctx context.Context) {
	for pause(ctx, between) == nil {
		u.viaGateway.note(u.ask(context.WithoutCancel(ctx)))
	}
}

func (u *callers) ask(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.url+route, bytes.NewReader([]byte(question)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+u.key)
	resp, err := u.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	bz, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, bz)
	}
	return err
}

// end ends the calls. It fails if one of the ways never worked, which would show nothing.
func (u *callers) end(context.Context) error {
	u.stop()
	u.ended.Wait()
	for way, t := range map[string]*tally{"to miners": &u.direct, "to the gateway": &u.viaGateway} {
		if t.calls.Load() == t.failed.Load() {
			return fmt.Errorf("none of %d calls %s was answered", t.calls.Load(), way)
		}
	}
	return nil
}

func (u *callers) close() {
	u.stop()
	u.ended.Wait()
	_ = u.client.Close() // its ledger goes with the folder
}

func (u *callers) sum() (calls, failed int) {
	for _, t := range []*tally{&u.direct, &u.viaGateway} {
		calls, failed = calls+int(t.calls.Load()), failed+int(t.failed.Load())
	}
	return calls, failed
}

func (u *callers) String() string {
	return fmt.Sprintf("%d to miners, %d failed; %d to the gateway, %d failed",
		u.direct.calls.Load(), u.direct.failed.Load(), u.viaGateway.calls.Load(), u.viaGateway.failed.Load())
}
