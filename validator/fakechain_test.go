package validator_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/validator"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	testChain  = "agon-test-1"
	testNetuid = 7
)

// fakeChain keeps commits, reveals and balances as x/scoring and x/bank do, and asks package exam what they ask it. Its rules for
// weights are those of keeper.CommitWeights and keeper.RevealWeights.
type fakeChain struct {
	t *testing.T

	mu       sync.Mutex
	height   int64
	epoch    scoringtypes.Epoch
	subnet   subnettypes.Subnet
	neurons  []chain.Neuron
	commits  map[string]scoringtypes.Commit // by hotkey and epoch
	rows     map[uint32]scoringtypes.Row
	balances map[string]int64
	mempool  []pendingTx
	subs     []chan int64
	court    *court // nil: none

	hashes   map[string]map[string]bool // every hash ever sent, by hotkey and epoch
	reveals  map[string][]uint64        // epochs revealed, by hotkey
	refusals []error
	onSubmit func(sdk.Msg) // before a message is executed
	fault    func(sdk.Msg) fault
}

// fault is what happens to a transaction.
type fault int

const (
	faultNone  fault = iota
	faultLost        // never included, outcome unknown
	faultMuted       // included, outcome unknown
)

type pendingTx struct {
	msgs []sdk.Msg
	done chan error
}

func newFakeChain(t *testing.T, tempo int64, p exam.Params) *fakeChain {
	params.ConfigureSDK()
	return &fakeChain{
		t: t, height: 1, epoch: scoringtypes.Epoch{Netuid: testNetuid, Index: 3, StartedAt: 1, DueAt: 1 + tempo, MechanismSplit: []uint32{10_000}},
		subnet: subnettypes.Subnet{Netuid: testNetuid, TaskKind: "langid", Hyperparams: subnettypes.Hyperparams{
			Tempo: uint64(tempo), CommitReveal: true, WeightsVersion: 2, MinWeights: 1, ExamReceipts: uint32(p.ReceiptsPerMiner), ExamOpenings: uint32(p.Openings),
			MinCallerBalance: 1000,
		}},
		commits: map[string]scoringtypes.Commit{}, rows: map[uint32]scoringtypes.Row{}, balances: map[string]int64{},
		hashes: map[string]map[string]bool{}, reveals: map[string][]uint64{},
	}
}

func place(hotkey string, epoch uint64) string { return fmt.Sprintf("%s/%d", hotkey, epoch) }

func (c *fakeChain) add(n chain.Neuron) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n.UID = uint16(len(c.neurons))
	n.RegisteredAt = 1
	c.neurons = append(c.neurons, n)
	return n.UID
}

// now is the height.
func (c *fakeChain) now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height
}

// mine one block.
func (c *fakeChain) mine() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.height++
	seed := sha256.Sum256(fmt.Appendf(nil, "block %d", c.height))
	for k, commit := range c.commits {
		if len(commit.Seed) == 0 && commit.Height < c.height {
			commit.Seed = seed[:]
			c.commits[k] = commit
		}
	}
	txs := c.mempool
	c.mempool = nil
	for _, tx := range txs {
		tx.done <- c.deliver(tx.msgs)
	}
	if c.court != nil {
		c.court.decide()
	}
	if c.height >= c.epoch.DueAt {
		for k, commit := range c.commits {
			if commit.Epoch < c.epoch.Index {
				delete(c.commits, k)
			}
		}
		c.epoch.Index++
		c.epoch.StartedAt, c.epoch.DueAt = c.height, c.height+int64(c.subnet.Hyperparams.Tempo)
	}
	for _, s := range c.subs {
		select {
		case <-s:
		default:
		}
		s <- c.height
	}
}

func (c *fakeChain) mineEvery(ctx context.Context, d time.Duration) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.mine()
		}
	}
}

func (c *fakeChain) deliver(msgs []sdk.Msg) error {
	for _, m := range msgs {
		if err := c.handle(m); err != nil {
			c.refusals = append(c.refusals, err)
			return err
		}
	}
	return nil
}

func (c *fakeChain) handle(m sdk.Msg) error {
	switch m := m.(type) {
	case *banktypes.MsgSend:
		c.balances[m.ToAddress] += m.Amount.AmountOf(params.BaseDenom).Int64()
		return nil
	case *scoringtypes.MsgCommitWeights:
		return c.commitWeights(m)
	case *scoringtypes.MsgRevealWeights:
		return c.revealWeights(m)
	case *scoringtypes.MsgSetWeights:
		if err := scoringtypes.ValidateWeights(m.Weights, uint32(len(c.neurons)), c.subnet.Hyperparams.MinWeights); err != nil {
			return err
		}
		c.storeRow(m.Hotkey, m.Weights)
		return nil
	}
	if c.court != nil {
		return c.court.handle(m)
	}
	return fmt.Errorf("unexpected message %T", m)
}

func (c *fakeChain) commitWeights(m *scoringtypes.MsgCommitWeights) error {
	k := place(m.Hotkey, m.Epoch)
	if c.hashes[k] == nil {
		c.hashes[k] = map[string]bool{}
	}
	c.hashes[k][string(m.Hash)] = true
	switch {
	case !c.subnet.Hyperparams.CommitReveal:
		return scoringtypes.ErrCommitReveal
	case m.Epoch > c.epoch.Index:
		return scoringtypes.ErrTooEarly
	case m.Epoch < c.epoch.Index:
		return scoringtypes.ErrTooLate
	}
	if _, there := c.commits[k]; there {
		return scoringtypes.ErrAlreadyCommitted
	}
	h := c.subnet.Hyperparams
	c.commits[k] = scoringtypes.Commit{
		Hotkey: m.Hotkey, Netuid: m.Netuid, Mechanism: m.Mechanism, Epoch: m.Epoch, Height: c.height, Hash: m.Hash, Version: h.WeightsVersion,
		ExamReceipts: h.ExamReceipts, ExamOpenings: h.ExamOpenings,
	}
	return nil
}

func (c *fakeChain) revealWeights(m *scoringtypes.MsgRevealWeights) error {
	if m.Epoch >= c.epoch.Index {
		return scoringtypes.ErrTooEarly
	}
	if m.Epoch+1 < c.epoch.Index {
		return scoringtypes.ErrTooLate
	}
	k := place(m.Hotkey, m.Epoch)
	commit, there := c.commits[k]
	switch {
	case !there:
		return scoringtypes.ErrNoCommit
	case len(commit.Seed) == 0:
		return scoringtypes.ErrTooEarly
	case m.Version != commit.Version:
		return scoringtypes.ErrWeightsVersion
	}
	if err := scoringtypes.ValidateWeights(m.Weights, uint32(len(c.neurons)), c.subnet.Hyperparams.MinWeights); err != nil {
		return err
	}
	root := [32]byte(wire.EmptyMerkleRoot())
	if len(m.ReceiptsRoot) == 32 {
		root = [32]byte(m.ReceiptsRoot)
	}
	hotkey, err := sdk.AccAddressFromBech32(m.Hotkey)
	require.NoError(c.t, err)
	weights := scoringtypes.ExamWeights(m.Weights)
	promised := exam.Commitment{Netuid: uint16(m.Netuid), Mechanism: uint8(m.Mechanism), Hotkey: hotkey, Epoch: m.Epoch, Version: m.Version, ReceiptsRoot: root, Weights: weights, Salt: m.Salt}.Hash()
	if !bytes.Equal(promised[:], commit.Hash) {
		return scoringtypes.ErrHashMismatch
	}
	uid := slices.IndexFunc(c.neurons, func(n chain.Neuron) bool { return n.Hotkey == m.Hotkey })
	claim := exam.Claim{
		Params:  exam.Params{ReceiptsPerMiner: uint16(commit.ExamReceipts), Openings: uint16(commit.ExamOpenings)},
		Binding: exam.Binding{ChainIDHash: wire.ChainIDHash(testChain), Netuid: uint16(m.Netuid), Mechanism: uint8(m.Mechanism), Hotkey: hotkey, Epoch: m.Epoch},
		Root:    root, Weights: weights, Skip: []uint16{uint16(uid)}, CommitHash: promised, Seed: [32]byte(commit.Seed),
	}
	openings := make([]exam.Opening, len(m.Openings))
	for i, o := range m.Openings {
		openings[i] = exam.Opening{Index: o.Index, Leaf: o.Leaf, Path: o.Path}
	}
	err = exam.Verify(claim, openings, func(uid uint16) [][32]byte {
		if int(uid) >= len(c.neurons) || len(c.neurons[uid].ServiceKey) != 32 {
			return nil
		}
		return [][32]byte{[32]byte(c.neurons[uid].ServiceKey)}
	})
	if err != nil {
		return scoringtypes.ErrExamination.Wrap(err.Error())
	}
	delete(c.commits, k)
	c.storeRow(m.Hotkey, m.Weights)
	c.reveals[m.Hotkey] = append(c.reveals[m.Hotkey], m.Epoch)
	return nil
}

func (c *fakeChain) storeRow(hotkey string, weights []scoringtypes.Weight) {
	uid := slices.IndexFunc(c.neurons, func(n chain.Neuron) bool { return n.Hotkey == hotkey })
	row := scoringtypes.Row{Uid: uint32(uid)}
	for _, w := range weights {
		if w.Value > 0 {
			row.Entries = append(row.Entries, w)
		}
	}
	c.rows[uint32(uid)] = row
	c.neurons[uid].LastUpdate = c.height
}

// row that counts for a neuron.
func (c *fakeChain) row(uid uint16) []scoringtypes.Weight {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rows[uint32(uid)].Entries
}

func (c *fakeChain) revealed(hotkey sdk.AccAddress) []uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.reveals[hotkey.String()])
}

// onlyOneHash says that no epoch ever saw two different promises of one hotkey.
func (c *fakeChain) onlyOneHash() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, h := range c.hashes {
		require.Len(c.t, h, 1, k)
	}
}

// Subscribe implements validator.Heights.
func (c *fakeChain) Subscribe() <-chan int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := make(chan int64, 1)
	s <- c.height
	c.subs = append(c.subs, s)
	return s
}

// view is what one validator's node says.
type view struct {
	*fakeChain
	self validator.Self
}

// View implements validator.Network.
func (v view) View(context.Context, int64) (*validator.View, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := &scoringtypes.QueryMetagraphResponse{Netuid: testNetuid, Height: v.height, Epoch: v.epoch}
	n := len(v.neurons)
	r.Columns = scoringtypes.Columns{Netuid: testNetuid, LastUpdate: make([]int64, n)}
	for i, x := range v.neurons {
		hotkey, err := sdk.AccAddressFromBech32(x.Hotkey)
		if err != nil {
			return nil, err
		}
		r.Hotkeys = append(r.Hotkeys, hotkey)
		owner := hotkey
		if x.Owner != "" {
			if owner, err = sdk.AccAddressFromBech32(x.Owner); err != nil {
				return nil, err
			}
		}
		r.Owners = append(r.Owners, owner)
		r.Urls = append(r.Urls, x.URL)
		r.ServiceKeys = append(r.ServiceKeys, x.ServiceKey)
		r.RegisteredAt = append(r.RegisteredAt, x.RegisteredAt)
		r.Stake = append(r.Stake, x.Stake)
		r.Columns.Permits = append(r.Columns.Permits, x.Permit)
		r.Columns.LastUpdate[i] = x.LastUpdate
	}
	m, err := chain.DecodeMetagraph(r)
	return &validator.View{Metagraph: m, Subnet: v.subnet}, err
}

// Commits implements validator.Network.
func (v view) Commits(context.Context) ([]scoringtypes.Commit, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []scoringtypes.Commit
	for _, c := range v.commits {
		if c.Hotkey == v.self.Hotkey.String() {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b scoringtypes.Commit) int { return int(a.Epoch) - int(b.Epoch) })
	return out, nil
}

// Rows implements validator.Network.
func (v view) Rows(context.Context) ([]scoringtypes.Row, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var out []scoringtypes.Row
	for _, r := range v.rows {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b scoringtypes.Row) int { return int(a.Uid) - int(b.Uid) })
	return out, nil
}

// Balance implements validator.Network.
func (v view) Balance(_ context.Context, address string) (sdk.Coin, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return sdk.NewInt64Coin(params.BaseDenom, v.balances[address]), nil
}

// sender puts transactions into the next block. With byHand it mines that block itself.
type sender struct {
	*fakeChain
	address sdk.AccAddress
	byHand  bool
}

// Address implements validator.Sender.
func (s sender) Address() sdk.AccAddress { return s.address }

// Submit implements validator.Sender.
func (s sender) Submit(ctx context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	if s.onSubmit != nil {
		s.onSubmit(msgs[0])
	}
	unknown := errors.Join(context.DeadlineExceeded, chain.ErrOutcomeUnknown)
	f := faultNone
	if s.fault != nil {
		f = s.fault(msgs[0])
	}
	if f == faultLost {
		return chain.TxResult{}, unknown
	}
	tx := pendingTx{msgs: msgs, done: make(chan error, 1)}
	s.mu.Lock()
	s.mempool = append(s.mempool, tx)
	s.mu.Unlock()
	if s.byHand {
		s.mine()
	}
	select {
	case <-ctx.Done():
		return chain.TxResult{}, errors.Join(ctx.Err(), chain.ErrOutcomeUnknown)
	case err := <-tx.done:
		if f == faultMuted {
			return chain.TxResult{}, unknown
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return chain.TxResult{Height: s.height}, err
	}
}
