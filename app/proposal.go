package app

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync/atomic"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/cosmos/cosmos-sdk/baseapp"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/mempool"
)

// A block that is proposed holds transactions that pass the checks before messages run, one after another on the state before the block,
// and that declare no more gas together than a block may use. An honest proposer leaves out what does not pass, and every validator
// refuses a block with anything else.
//
// The checks are those of the ante handler, with what all nodes have in common: a node's own least price is not among them. They cost
// each validator reading and writing the signers' accounts in memory once more; signatures are remembered (see cachedSigVerification).
// Without them a proposer fills blocks up to block.max_bytes with what nobody signed and no gas limits, for nothing; and it can put
// somebody's transaction where it is not its turn: it fails there, and who reads that signs another, while the first one can still run.
//
// Who proposes and who judges must agree, or the chain stands still. So both run the same function on the same state, and nothing in it
// may depend on the node: no clock, no setting, nothing that it remembers. Only whoever proposed the very block that it judges knows the
// answer already: it has just asked the function the same.
//
// The block gas meter is off, because blocks may be executed in parallel and a meter that every transaction advances would order them
// again. The limit is kept here instead, on the gas that transactions declare.

// setProposals has app propose and judge blocks. Where an operator gives the application a mempool of its own, the SDK's proposer chooses
// from that, by the same checks.
func setProposals(app *baseapp.BaseApp, decode sdk.TxDecoder) {
	p := &proposals{app: app, decode: decode}
	if _, none := app.Mempool().(mempool.NoOpMempool); none {
		app.SetPrepareProposal(p.prepare)
	}
	app.SetProcessProposal(p.process)
}

// proposals are the blocks that this node proposes and judges.
type proposals struct {
	app    txRunner
	decode sdk.TxDecoder
	own    atomic.Pointer[[sha256.Size]byte] // digest of the last one that it proposed; nil before the first
}

// prepare leaves out, of what CometBFT's mempool has for the block, what must not be in it: what has become invalid since it was
// checked, such as by the height. Only fewer bytes come back than fit.
func (p *proposals) prepare(ctx sdk.Context, req *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	b := newBlockCheck(ctx, p.app, p.decode)
	txs := make([][]byte, 0, len(req.Txs))
	for _, raw := range req.Txs {
		if b.admit(raw) {
			txs = append(txs, raw)
		}
	}
	own := proposalDigest(req.Height, req.Time, txs)
	p.own.Store(&own)
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// process refuses a block with a transaction that must not be in it. It stops at the first one. A block that this node proposed
// has been through the same checks.
func (p *proposals) process(ctx sdk.Context, req *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	if own := p.own.Load(); own != nil && *own == proposalDigest(req.Height, req.Time, req.Txs) {
		return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
	}
	b := newBlockCheck(ctx, p.app, p.decode)
	for _, raw := range req.Txs {
		if !b.admit(raw) {
			return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}, nil
		}
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// proposalDigest is over all that the answer depends on: the height stands for the state before the block.
func proposalDigest(height int64, at time.Time, txs [][]byte) [sha256.Size]byte {
	h := sha256.New()
	number := func(n uint64) { h.Write(binary.BigEndian.AppendUint64(nil, n)) }
	number(uint64(height))
	number(uint64(at.UnixNano()))
	for _, raw := range txs {
		number(uint64(len(raw)))
		h.Write(raw)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// txRunner runs a transaction; for a proposal only the checks before its messages, whose writes the next one finds.
type txRunner interface {
	RunTx(mode sdk.ExecMode, raw []byte, tx sdk.Tx, index int, store storetypes.MultiStore, cache map[string]any) (
		sdk.GasInfo, *sdk.Result, []abci.Event, error)
}

// blockCheck takes the transactions of one block in their order.
type blockCheck struct {
	app    txRunner
	decode sdk.TxDecoder
	mode   sdk.ExecMode // of proposing or judging: each has its state
	left   uint64       // gas
}

func newBlockCheck(ctx sdk.Context, app txRunner, decode sdk.TxDecoder) *blockCheck {
	b := &blockCheck{app: app, decode: decode, mode: ctx.ExecMode(), left: math.MaxUint64}
	if block := ctx.ConsensusParams().Block; block != nil && block.MaxGas >= 0 {
		b.left = uint64(block.MaxGas)
	}
	return b
}

// admit says whether the next transaction may be in the block, and if so counts it in.
func (b *blockCheck) admit(raw []byte) bool {
	tx, err := b.decode(raw)
	if err != nil {
		return false
	}
	declared, ok := tx.(sdk.FeeTx)
	if !ok || declared.GetGas() > b.left {
		return false
	}
	if _, _, _, err := b.app.RunTx(b.mode, raw, tx, -1, nil, nil); err != nil {
		return false
	}
	b.left -= declared.GetGas()
	return true
}
