package localnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/wire"
)

const (
	// relaySession is how long the key is certified that a relay calls under.
	relaySession = 12 * time.Hour
	// relayBody bounds a body that is passed on.
	relayBody = 1 << 20
)

// relay looks like a model's server and passes each call on to a miner, as a caller like any other: what a miner stands in front of that
// has no model of its own.
type relay struct {
	model   string // that it says it has
	client  *wire.Client
	session *wire.Session
	to      chain.Neuron
	netuid  uint16
}

// ServeHTTP answers what expert openai asks of a server: its models, and completions in one piece.
func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet && req.URL.Path == "/v1/models" {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": []map[string]string{{"id": r.model, "object": "model"}}})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, relayBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key, err := wire.ParseServicePublic(r.to.ServiceKey)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	reply, err := r.client.Do(req.Context(), wire.Call{
		Session: r.session, Endpoint: r.to.URL, To: r.to.Hotkey, ServiceKey: key, Netuid: r.netuid, Path: req.URL.Path, Body: body,
	})
	var refused *wire.APIError
	switch {
	case errors.As(err, &refused):
		refused.Write(w)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadGateway)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(reply.Body) // the miner has gone; there is nobody to tell
	}
}

// startRelay serves a relay to a miner of the same subnet, under the account of the one that stands behind it, and returns its URL. It
// ends with the network.
// The model that it says it has is the one that the miner's options say it serves.
func (n *Network) startRelay(ctx context.Context, p, target *Participant, options string) (string, error) {
	var o struct {
		Serves string `json:"serves"`
	}
	if err := json.Unmarshal([]byte(options), &o); err != nil || o.Serves == "" {
		return "", fmt.Errorf("%w: options of %s: want what it serves", ErrConfig, p.Name)
	}
	graph, err := n.client.Metagraph(ctx, p.Netuid)
	if err != nil {
		return "", err
	}
	neuron, ok := graph.ByHotkey(target.Hotkey)
	if !ok || neuron.URL == "" {
		return "", fmt.Errorf("%s relays to %s, which serves nothing", p.Name, target.Name)
	}
	account, sign, err := p.keys.AccountSigner(chain.KeyOwner)
	if err != nil {
		return "", err
	}
	r := &relay{model: o.Serves, to: neuron, netuid: uint16(p.Netuid)}
	if r.session, err = wire.NewSession(n.cfg.ChainID, account, sign, wire.ScopeCall, r.netuid, time.Now(), time.Now().Add(relaySession)); err != nil {
		return "", err
	}
	if r.client, err = wire.NewClient(wire.ClientOptions{ChainID: n.cfg.ChainID, AllowPrivate: true, Timeout: time.Minute}); err != nil {
		return "", err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() { // ends when Stop closes the server, and is waited for there
		defer close(ended)
		_ = server.Serve(listener)
	}()
	n.relays = append(n.relays, func() {
		_ = server.Close()
		<-ended
	})
	return "http://" + listener.Addr().String() + "/v1", nil
}
