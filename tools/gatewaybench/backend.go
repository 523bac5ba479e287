package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/agon-chain/agon/wire"
)

const (
	chainID = "agon-bench-1"
	netuid  = 1
	answer  = `{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"A rather short answer."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":6,"total_tokens":18}}`
)

// price makes a call cost something, so that vouchers are signed.
var price = wire.Price{PerRequest: 100, PerMillionInput: 1_000_000, PerMillionOutput: 1_000_000}

// backend serves until the context ends.
func backend(ctx context.Context, l net.Listener, service wire.ServiceKey, hotkey string) error {
	var spent atomic.Uint64
	replay := wire.NewReplayCache(1<<21, 1<<22)
	sessions := wire.NewSessionCache(16) // as a miner has one
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received := time.Now()
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get(wire.HeaderSignature) == "" {
			_, _ = io.WriteString(w, answer)
			return
		}
		req, err := wire.Verify(r, body, received, wire.RequestPolicy{ChainID: chainID, To: hotkey, Netuid: netuid, Replay: replay, Sessions: sessions})
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		receipt := &wire.Receipt{
			ChainIDHash: wire.ChainIDHash(chainID), Netuid: netuid, RequestHash: req.Hash, QuestionHash: req.QuestionHash, Tag: req.Tag, ResponseHash: wire.BodyHash([]byte(answer)),
			Status: http.StatusOK, PromptTokens: 12, OutputTokens: 6, ReceivedAt: received, FinishedAt: time.Now(),
		}
		if err := receipt.Sign(service); err != nil {
			wire.WriteError(w, err)
			return
		}
		receipt.Set(w.Header())
		if v := r.Header.Get(wire.HeaderVoucher); v != "" {
			voucher, err := wire.ParseVoucher(v)
			if err == nil {
				err = voucher.Verify(voucherKey().Public(), wire.ChainIDHash(chainID))
			}
			if err != nil {
				wire.WriteError(w, err)
				return
			}
			cost, _ := price.Charge(wire.ReadDemand(body, 0), 12, 6) // prices of this program's
			(&wire.Charge{Cost: cost, Spent: spent.Add(cost)}).Set(w.Header())
		}
		_, _ = io.WriteString(w, answer)
	})
	fmt.Println("LISTEN", l.Addr())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // what is under way is nobody's by then
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
