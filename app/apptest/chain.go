package apptest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"

	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"

	"github.com/agon-chain/agon/app"
)

const (
	// ChainID is the id of the chain under test.
	ChainID = "agon-test-1"
	// BlockTime is how far the clock moves from one block to the next.
	BlockTime = 2 * time.Second
)

// Chain is a chain under test. It is not safe for concurrent use.
type Chain struct {
	// App is the replica that the test talks to.
	App *app.App

	t       testing.TB
	main    *node
	shadows []*node
	initial int64
	height  int64
	now     time.Time
	hash    []byte
	// pending counts, by address, the transactions signed for the block that is not yet made.
	pending map[string]uint64
}

type config struct {
	accounts []string
	genesis  []func(*app.App, app.GenesisState)
	single   bool
	shadows  []shadow
	plant    func(*node)
	state    app.GenesisState
	height   int64
	start    time.Time
}

// Option changes how New makes a chain.
type Option func(*config)

// WithAccounts gives StartBalance AGON to the accounts of these names. The validator's account always has it.
func WithAccounts(names ...string) Option {
	return func(c *config) { c.accounts = append(c.accounts, names...) }
}

// WithGenesis lets the test change the genesis state before the chain starts. Several run in the order given.
func WithGenesis(change func(*app.App, app.GenesisState)) Option {
	return func(c *config) { c.genesis = append(c.genesis, change) }
}

// WithState starts from an exported state at its initial height instead of from a new genesis.
func WithState(state app.GenesisState, initialHeight int64, start time.Time) Option {
	return func(c *config) { c.state, c.height, c.start = state, initialHeight, start }
}

// Single leaves out the shadows and the invariants, for tests of many blocks whose soundness another test covers.
func Single() Option { return func(c *config) { c.single = true } }

// New starts a chain and makes its first block, which is empty.
func New(t testing.TB, options ...Option) *Chain {
	t.Helper()
	cfg := config{accounts: []string{ValidatorName}, height: 1, start: GenesisTime(), shadows: shadows()}
	for _, option := range options {
		option(&cfg)
	}
	c := &Chain{
		t: t, main: newNode(t, shadow{name: "main", executor: sequential, pruning: pruningtypes.PruningNothing}, ChainID, cfg.plant),
		height: cfg.height - 1, now: cfg.start, pending: make(map[string]uint64),
	}
	c.App = c.main.app
	if !cfg.single {
		for _, s := range cfg.shadows {
			c.shadows = append(c.shadows, newNode(t, s, ChainID, cfg.plant))
		}
	}
	state := cfg.state
	if state == nil {
		state = newGenesis(t, c.App, cfg.accounts)
	}
	for _, change := range cfg.genesis {
		change(c.App, state)
	}
	raw, err := json.Marshal(state)
	require.NoError(t, err)

	consensus := app.ConsensusParams().ToProto()
	for _, n := range c.nodes() {
		_, err := n.app.InitChain(&abci.RequestInitChain{
			Time: cfg.start, ChainId: ChainID, ConsensusParams: &consensus,
			AppStateBytes: raw, InitialHeight: cfg.height,
		})
		require.NoError(t, err, "%s node", n.name)
	}
	c.initial = cfg.height
	c.BlockAt(cfg.start)
	return c
}

func (c *Chain) nodes() []*node { return append([]*node{c.main}, c.shadows...) }

// Height is the height of the last block.
func (c *Chain) Height() int64 { return c.height }

// Now is the time of the last block.
func (c *Chain) Now() time.Time { return c.now }

// AppHash is the hash of the state after the last block.
func (c *Chain) AppHash() []byte { return c.hash }

// Block makes the next block, BlockTime after the last one, and returns what came of it.
func (c *Chain) Block(txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.t.Helper()
	return c.BlockAt(c.now.Add(BlockTime), txs...)
}

// BlockAt makes the next block at a time of the test's choice, with these transactions in this order. Transactions pass
// CheckTx first, as they would in a node, but are put into the block whatever its verdict, and whatever validators would say to the block.
func (c *Chain) BlockAt(at time.Time, txs ...[]byte) *abci.ResponseFinalizeBlock {
	c.t.Helper()
	res, err := c.block(at, txs)
	require.NoError(c.t, err)
	return res
}

// block is BlockAt. Its error says in what a shadow disagrees.
func (c *Chain) block(at time.Time, txs [][]byte) (*abci.ResponseFinalizeBlock, error) {
	c.t.Helper()
	for _, tx := range txs {
		_, err := c.App.CheckTx(&abci.RequestCheckTx{Tx: tx, Type: abci.CheckTxType_New})
		require.NoError(c.t, err)
	}
	c.height, c.now = c.height+1, at
	c.pending = make(map[string]uint64)

	proposer := consensusKey().PubKey().Address()
	hash := sha256.Sum256(fmt.Appendf(nil, "block %d", c.height))
	c.propose(at, txs, proposer, hash[:])

	req := &abci.RequestFinalizeBlock{
		Txs: txs, Height: c.height, Time: at, Hash: hash[:], ProposerAddress: proposer,
	}
	// The first block has no block before it to vote on.
	if c.height > c.initial {
		req.DecidedLastCommit.Votes = []abci.VoteInfo{{
			Validator:   abci.Validator{Address: proposer, Power: sdk.DefaultPowerReduction.Int64()},
			BlockIdFlag: cmtproto.BlockIDFlagCommit,
		}}
	}
	res := c.main.execute(c.t, req)
	c.hash = res.AppHash
	for _, shadow := range c.shadows {
		if err := shadow.follow(c.t, req, res); err != nil {
			return nil, err
		}
	}
	if len(c.shadows) > 0 {
		c.CheckInvariants()
	}
	return res, nil
}

// propose has the main replica propose a block of the transactions and judge it. What an honest proposer makes of any transactions every
// validator must accept, or the chain stands still; and a block with what it left out none may accept.
func (c *Chain) propose(at time.Time, txs [][]byte, proposer, hash []byte) {
	c.t.Helper()
	prepared, err := c.App.PrepareProposal(&abci.RequestPrepareProposal{
		Txs: txs, MaxTxBytes: app.MaxBlockBytes, Height: c.height, Time: at, ProposerAddress: proposer,
	})
	require.NoError(c.t, err)
	judge := func(txs [][]byte) abci.ResponseProcessProposal_ProposalStatus {
		res, err := c.App.ProcessProposal(&abci.RequestProcessProposal{Txs: txs, Height: c.height, Time: at, Hash: hash, ProposerAddress: proposer})
		require.NoError(c.t, err)
		return res.Status
	}
	if len(prepared.Txs) != len(txs) {
		require.Equal(c.t, abci.ResponseProcessProposal_REJECT, judge(txs), "all of height %d, of which the proposer leaves out %d", c.height, len(txs)-len(prepared.Txs))
	}
	require.Equal(c.t, abci.ResponseProcessProposal_ACCEPT, judge(prepared.Txs), "proposal of height %d", c.height)
}

// Blocks makes n blocks without transactions.
func (c *Chain) Blocks(n int) {
	c.t.Helper()
	for range n {
		c.Block()
	}
}

// Restart starts the main replica anew from its database.
func (c *Chain) Restart() {
	c.t.Helper()
	c.main.restart(c.t)
	c.App = c.main.app
}

// Context is a view of the state after the last block. What is written to it is lost.
func (c *Chain) Context() sdk.Context {
	header := cmtproto.Header{ChainID: ChainID, Height: c.height, Time: c.now}
	ctx, _ := sdk.NewContext(c.App.CommitMultiStore(), header, false, log.NewNopLogger()).CacheContext()
	return ctx
}
