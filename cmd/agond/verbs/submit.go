package verbs

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cosmos/gogoproto/proto"

	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/tx"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
)

var (
	// errNotConfirmed says that nobody agreed.
	errNotConfirmed = errors.New("not sent")
	// errRefused says that the chain refused the transaction.
	errRefused = errors.New("refused by the chain")
	// errExpired says that no block took the transaction while it was good.
	errExpired = errors.New("no block took the transaction")
	// errUnknown says that the node stopped answering before the outcome was known.
	errUnknown = errors.New("what came of the transaction is not known")
)

const (
	// goodFor is how many blocks may take a transaction; after that it is certain that none will.
	goodFor = 100
	// poll is how often a node is asked for the next block.
	poll = 200 * time.Millisecond
	// patience is how long a node may be silent while somebody waits for a block.
	patience = 30 * time.Second
	// quiet is how long a wait may last before a word is said about it.
	quiet = 2 * time.Second
)

// plan is a transaction that a verb is about to send.
type plan struct {
	// verb in two words, for titles.
	verb string
	msg  sdk.Msg
	// also are further messages of the same transaction: all happen or none.
	also []sdk.Msg
	// about says who and where, expect what should happen.
	about, expect sheet
	// warn is what the one who confirms should think about; empty for nothing.
	warn string
	// foresee reads what would happen out of a rehearsal on the node: lines for expect, and a warning; nil where the verb knows by
	// itself.
	foresee func(chain.TxResult) (lines sheet, warn string, err error)
	// outcome reads what happened out of the transaction's result.
	outcome func(chain.TxResult) (sheet, error)
}

// msgs are all messages in their order.
func (p plan) msgs() []sdk.Msg { return append([]sdk.Msg{p.msg}, p.also...) }

// executed is a plan that a block has taken.
type executed struct {
	result   chain.TxResult
	happened sheet
	network  field
}

// carryOut shows the plan, has it confirmed, sends it, waits for its block and prints what happened. With --dry-run it only shows.
func (s *session) carryOut(p plan) error {
	done, err := s.execute(p)
	if err != nil || done == nil {
		return err
	}
	document := append(append(sheet{{name: "action", value: p.verb}}, p.about...), done.happened...)
	document = append(document, done.network,
		field{"gas_used", base(uint64(max(done.result.GasUsed, 0))), "", ""},
		field{"height", done.result.Height, "block", fmt.Sprint(done.result.Height)},
		field{"txhash", done.result.Hash, "transaction", done.result.Hash},
	)
	return s.print(document, func() string { return document.table(p.verb + ": done") })
}

// execute shows the plan, has it confirmed, sends it and waits for its block. It returns nil for a dry run, which it prints.
func (s *session) execute(p plan) (*executed, error) {
	ctx := s.cmd.Context()
	factory, err := tx.NewFactoryCLI(s.ctx, s.cmd.Flags())
	if err != nil {
		return nil, err
	}
	if factory, err = factory.Prepare(s.ctx); err != nil {
		if chain.NotFound(err) {
			return nil, fmt.Errorf("account %s is not on the chain; it is once it was sent something: agond send 1agon %[1]s --from ANOTHER", s.ctx.FromAddress)
		}
		return nil, fmt.Errorf("account %s: %w", s.ctx.FromAddress, err)
	}
	if factory.SimulateAndExecute() || p.foresee != nil {
		// Played through on the node: what the chain would refuse, it refuses here, before anybody is asked.
		rehearsed, gas, err := tx.CalculateGas(s.ctx, factory, p.msgs()...)
		if err != nil {
			return nil, err
		}
		if factory.SimulateAndExecute() {
			factory = factory.WithGas(gas)
		}
		if err := p.look(rehearsed); err != nil {
			return nil, err
		}
	}
	born, err := s.height(ctx)
	if err != nil {
		return nil, err
	}
	builder, err := factory.WithTimeoutHeight(uint64(born) + goodFor).BuildUnsignedTx(p.msgs()...)
	if err != nil {
		return nil, err
	}
	fee := builder.GetTx().GetFee().AmountOf(params.BaseDenom)
	network := field{"network_fee", fee.String(), "network fee", "at most " + agon(fee.Uint64())}
	shown := append(append(append(sheet{}, p.about...), p.expect...), network)
	if p.warn != "" {
		shown = append(shown, field{"warning", p.warn, "look here", p.warn})
	}
	if s.dryRun {
		document := append(sheet{{name: "action", value: p.verb}, {name: "dry_run", value: true}}, shown...)
		return nil, s.print(document, func() string { return document.table(p.verb + ": nothing is sent") })
	}
	if err := s.confirm(shown.table(p.verb)); err != nil {
		return nil, err
	}
	if err := tx.Sign(ctx, factory.WithTimeoutHeight(uint64(born)+goodFor), s.ctx.FromName, builder, true); err != nil {
		return nil, fmt.Errorf("sign with %s: %w", s.ctx.FromName, err)
	}
	bytes, err := s.ctx.TxConfig.TxEncoder()(builder.GetTx())
	if err != nil {
		return nil, err
	}
	result, err := s.send(ctx, bytes, born)
	if err != nil {
		return nil, err
	}
	happened, err := p.outcome(result)
	if err != nil {
		return nil, err
	}
	network.text = agon(fee.Uint64())
	return &executed{result: result, happened: happened, network: network}, nil
}

// confirm asks whoever sits there, unless --yes was given.
func (s *session) confirm(summary string) error {
	if s.yes {
		return nil
	}
	if !s.interactive {
		return fmt.Errorf("%w: nobody is there to confirm; give --%s to send it without being asked, or --%s to see what would happen",
			errNotConfirmed, flags.FlagSkipConfirmation, flags.FlagDryRun)
	}
	fmt.Fprintf(s.aside(), "%s\nSend it? [y/N] ", summary)
	answer, err := bufio.NewReader(s.cmd.InOrStdin()).ReadString('\n')
	if agreed := strings.ToLower(strings.TrimSpace(answer)); err != nil || agreed != "y" && agreed != "yes" {
		return fmt.Errorf("%w: not confirmed", errNotConfirmed)
	}
	return nil
}

// node is what a transaction needs of one.
func (s *session) node() (client.CometRPC, error) { return s.ctx.GetNode() }

// height of the newest state.
func (s *session) height(ctx context.Context) (int64, error) {
	node, err := s.node()
	if err != nil {
		return 0, err
	}
	info, err := node.ABCIInfo(ctx)
	if err != nil {
		return 0, err
	}
	return info.Response.LastBlockHeight, nil
}

// send gives the node a transaction and waits for the block that takes it. The errors are errRefused, errExpired and errUnknown.
func (s *session) send(ctx context.Context, bytes []byte, born int64) (chain.TxResult, error) {
	node, err := s.node()
	if err != nil {
		return chain.TxResult{}, err
	}
	answer, err := node.BroadcastTxSync(ctx, bytes)
	if err != nil {
		return chain.TxResult{}, fmt.Errorf("send the transaction: %w", err)
	}
	hash := strings.ToUpper(hex.EncodeToString(answer.Hash))
	if answer.Code != 0 {
		return chain.TxResult{}, fmt.Errorf("%w: %w", errRefused, errorsmod.ABCIError(answer.Codespace, answer.Code, answer.Log))
	}
	waiting := newProgress(s.aside(), terminal(s.aside()), hash)
	defer waiting.end()
	for next, heard := born+1, time.Now(); ; {
		height, err := s.height(ctx)
		for ; err == nil && next <= height; next++ {
			var result *chain.TxResult
			if result, err = look(ctx, node, bytes, next); result != nil || errors.Is(err, errRefused) {
				return value(result), err
			}
			if err != nil {
				break
			}
		}
		switch {
		case err == nil && next > born+goodFor:
			return chain.TxResult{}, fmt.Errorf("%w: %s is good up to height %d only, so it never will happen: try again, with a higher --%s if the chain is busy",
				errExpired, hash, born+goodFor, flags.FlagGasPrices)
		case err == nil:
			heard = time.Now()
		case ctx.Err() != nil || time.Since(heard) > patience:
			return chain.TxResult{}, fmt.Errorf("%w: the node stopped answering (%w); ask again with agond query tx %s, it may happen up to height %d",
				errUnknown, err, hash, born+goodFor)
		}
		waiting.tell(next - 1)
		select {
		case <-ctx.Done():
		case <-time.After(poll):
		}
	}
}

func value(r *chain.TxResult) chain.TxResult {
	if r == nil {
		return chain.TxResult{}
	}
	return *r
}

// look reads a block for the transaction, which needs no index; nil if it is not in it. The error is errRefused if the
// transaction failed there.
func look(ctx context.Context, node client.CometRPC, bytes []byte, height int64) (*chain.TxResult, error) {
	block, err := node.Block(ctx, &height)
	if err != nil {
		return nil, err
	}
	i := block.Block.Txs.Index(bytes)
	if i < 0 {
		return nil, nil
	}
	results, err := node.BlockResults(ctx, &height)
	if err != nil {
		return nil, err
	}
	if i >= len(results.TxsResults) {
		return nil, fmt.Errorf("the node gives no result of transaction %d of block %d", i, height)
	}
	r := results.TxsResults[i]
	hash := strings.ToUpper(hex.EncodeToString(cmttypes.Tx(bytes).Hash()))
	if r.Code != 0 {
		return nil, fmt.Errorf("%w in block %d, the fee is paid: %w; agond query tx %s", errRefused, height, errorsmod.ABCIError(r.Codespace, r.Code, r.Log), hash)
	}
	var data sdk.TxMsgData
	if err := proto.Unmarshal(r.Data, &data); err != nil {
		return nil, fmt.Errorf("result of %s: %w", hash, err)
	}
	return &chain.TxResult{
		Hash: hash, Height: height, GasUsed: r.GasUsed, GasWanted: r.GasWanted, Events: r.Events, Responses: data.MsgResponses,
	}, nil
}
