package chain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"go.uber.org/goleak"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
)

func TestMain(m *testing.M) {
	params.ConfigureSDK()
	// The keyring's file backend starts this one when the program starts, used or not.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/desertbit/timer.timerRoutine"))
}

var errDown = errors.New("connection refused")

// fakeTx is what a fakeSigner signs: enough to check a sequence and a timeout, and to tell two signatures apart.
type fakeTx struct {
	sequence, timeout, gas uint64
	label                  string
}

func (t fakeTx) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, t.sequence)
	b = binary.BigEndian.AppendUint64(b, t.timeout)
	b = binary.BigEndian.AppendUint64(b, t.gas)
	return append(b, t.label...)
}

func decodeFakeTx(b []byte) fakeTx {
	return fakeTx{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), string(b[24:])}
}

type fakeSigner struct{}

func label(msgs []sdk.Msg) (l string) {
	for _, m := range msgs {
		l += m.(*banktypes.MsgSend).ToAddress
	}
	return l
}

func (fakeSigner) simulation(a account, msgs []sdk.Msg) ([]byte, error) {
	return fakeTx{sequence: a.sequence, label: label(msgs)}.encode(), nil
}

func (fakeSigner) sign(_ context.Context, a account, gas, timeout uint64, msgs []sdk.Msg) ([]byte, error) {
	return fakeTx{a.sequence, timeout, gas, label(msgs)}.encode(), nil
}

// fakeNode is a chain of one account: a mempool, blocks and an index, each of which a test can break.
type fakeNode struct {
	mu       sync.Mutex
	at       int64
	sequence uint64              // committed
	mempool  []fakeTx            // in order
	blocks   map[int64][]fakeTx  // what each block holds
	results  map[string]TxResult // the index
	applied  []string            // labels in the order in which they took effect

	down      bool                       // no request is answered
	noIndex   bool                       // the index never finds anything
	pruned    bool                       // blocks cannot be read
	swallow   int                        // so many broadcasts arrive but their answers are lost
	eject     int                        // so many broadcasts are taken and dropped from the mempool at once
	check     func(fakeTx) *Refusal      // refuses at the door
	deliver   func(fakeTx) *Refusal      // fails in the block
	simulates func(fakeTx) *Refusal      // fails in simulation
	signed    map[string]map[string]bool // distinct bytes broadcast per label
}

func newFakeNode() *fakeNode {
	return &fakeNode{at: 1, blocks: map[int64][]fakeTx{}, results: map[string]TxResult{}, signed: map[string]map[string]bool{}}
}

func refusal(e interface {
	Codespace() string
	ABCICode() uint32
}, log string,
) *Refusal {
	return &Refusal{Codespace: e.Codespace(), Code: e.ABCICode(), Log: log}
}

// wanted is the sequence that the mempool's state expects next.
func (n *fakeNode) wanted() uint64 {
	s := n.sequence
	for _, t := range n.mempool {
		if t.sequence == s {
			s++
		}
	}
	return s
}

func mismatch(want, got uint64) *Refusal {
	return refusal(sdkerrors.ErrWrongSequence, fmt.Sprintf("account sequence mismatch, expected %d, got %d: incorrect account sequence", want, got))
}

func (n *fakeNode) height(context.Context) (int64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return 0, errDown
	}
	return n.at, nil
}

func (n *fakeNode) account(context.Context, sdk.AccAddress) (account, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return account{}, errDown
	}
	return account{number: 7, sequence: n.sequence, height: n.at}, nil
}

func (n *fakeNode) simulate(_ context.Context, b []byte) (uint64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := decodeFakeTx(b)
	if n.down {
		return 0, errDown
	}
	if w := n.wanted(); w != t.sequence {
		return 0, mismatch(w, t.sequence)
	}
	if n.simulates != nil {
		if r := n.simulates(t); r != nil {
			return 0, r
		}
	}
	return 100, nil
}

func (n *fakeNode) broadcast(_ context.Context, b []byte) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return errDown
	}
	t := decodeFakeTx(b)
	if n.signed[t.label] == nil {
		n.signed[t.label] = map[string]bool{}
	}
	n.signed[t.label][string(b)] = true
	for _, other := range n.mempool {
		if other == t {
			return nil
		}
	}
	if n.check != nil {
		if r := n.check(t); r != nil {
			return r
		}
	}
	if n.at > int64(t.timeout) {
		return refusal(sdkerrors.ErrTxTimeoutHeight, "tx timeout height")
	}
	if w := n.wanted(); w != t.sequence {
		return mismatch(w, t.sequence)
	}
	if n.eject > 0 {
		n.eject--
		return nil
	}
	n.mempool = append(n.mempool, t)
	if n.swallow > 0 {
		n.swallow--
		return io.ErrUnexpectedEOF
	}
	return nil
}

func (n *fakeNode) tx(_ context.Context, hash []byte) (TxResult, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		return TxResult{}, errDown
	}
	r, ok := n.results[string(hash)]
	if !ok || n.noIndex {
		return TxResult{}, errTxNotFound
	}
	return r, nil
}

func (n *fakeNode) scan(_ context.Context, b []byte, first, last int64) (TxResult, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.down, last > n.at:
		return TxResult{}, errDown
	case n.pruned:
		return TxResult{}, errPruned
	}
	for h := first; h <= last; h++ {
		for _, t := range n.blocks[h] {
			if string(t.encode()) == string(b) {
				return n.results[string(cmttypes.Tx(b).Hash())], nil
			}
		}
	}
	return TxResult{}, errTxNotFound
}

// block commits what the mempool holds and is not over its time.
func (n *fakeNode) block() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at++
	for _, t := range n.mempool {
		if int64(t.timeout) < n.at || t.sequence != n.sequence {
			continue
		}
		n.include(t)
	}
	n.mempool = nil
}

func (n *fakeNode) include(t fakeTx) {
	n.sequence++
	n.blocks[n.at] = append(n.blocks[n.at], t)
	hash := cmttypes.Tx(t.encode()).Hash()
	r := TxResult{Hash: fmt.Sprintf("%X", hash), Height: n.at, GasUsed: 100, GasWanted: int64(t.gas)}
	if n.deliver != nil {
		if no := n.deliver(t); no != nil {
			r.code, r.codespace, r.text = no.Code, no.Codespace, no.Log
		}
	}
	if r.code == 0 {
		n.applied = append(n.applied, t.label)
	}
	n.results[string(hash)] = r
}

// outside is a transaction of another program with the same key, straight into the next block.
func (n *fakeNode) outside(label string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at++
	n.include(fakeTx{sequence: n.sequence, timeout: uint64(n.at) + 100, label: label})
}

func (n *fakeNode) set(do func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	do()
}

// signatures is how many different signed bytes of the label were sent.
func (n *fakeNode) signatures(label string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.signed[label])
}

// bench runs queues over a fake node whose blocks come every 2 s of the test's own clock.
type bench struct {
	node *fakeNode
	ctx  context.Context
}

// runBench is called within a synctest bubble. Everything that it starts has ended when it returns.
func runBench(t *testing.T, n *fakeNode, queues int, do func(b bench, q ...*TxQueue)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var parts sync.WaitGroup
	parts.Go(func() {
		for sleep(ctx, 2*time.Second) == nil {
			n.mu.Lock()
			down := n.down
			n.mu.Unlock()
			if !down {
				n.block()
			}
		}
	})
	cfg := DefaultConfig()
	cfg.TimeoutBlocks = 5
	var qs []*TxQueue
	for range queues {
		q := newTxQueue(n, fakeSigner{}, cfg, slog.New(slog.DiscardHandler), sdk.AccAddress("signer______________"), TxOptions{})
		parts.Go(func() { _ = q.Run(ctx) })
		qs = append(qs, q)
	}
	do(bench{n, ctx}, qs...)
	cancel()
	parts.Wait()
}

func send(label string) sdk.Msg { return &banktypes.MsgSend{ToAddress: label} }
