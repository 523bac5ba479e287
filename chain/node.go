package chain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cometbft/cometbft/mempool"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
)

// errPruned says that the node threw away what would tell.
var errPruned = errors.New("block is gone")

// account is an account's place on the chain, as of the block at height.
type account struct {
	number, sequence uint64
	height           int64
}

// node is what a transaction queue needs of a node. An error that is no *Refusal and neither errTxNotFound nor
// ErrMalformed says that the node was not reached or not able, and that nothing was learnt.
type node interface {
	// height is the latest committed height.
	height(ctx context.Context) (int64, error)
	// account is the committed state of an account, ErrNoAccount if there is none.
	account(ctx context.Context, address sdk.AccAddress) (account, error)
	// simulate returns the gas that the transaction would use now.
	simulate(ctx context.Context, tx []byte) (gas uint64, err error)
	// broadcast hands the transaction to the mempool; nil also if it is there already.
	broadcast(ctx context.Context, tx []byte) error
	// tx looks the transaction up in the node's index, errTxNotFound if it is not there, or not yet.
	tx(ctx context.Context, hash []byte) (TxResult, error)
	// scan looks for the transaction in the blocks from first to last themselves, errTxNotFound if it is in none.
	// A success wins over a failure: the same bytes may stand in two blocks, of which one at most executes them.
	scan(ctx context.Context, tx []byte, first, last int64) (TxResult, error)
}

// rpcNode is a real node.
type rpcNode struct{ c *Client }

func (n rpcNode) height(ctx context.Context) (int64, error) { return n.c.Height(ctx) }

func (n rpcNode) account(ctx context.Context, address sdk.AccAddress) (account, error) {
	var header metadata.MD
	r, err := n.c.Auth().AccountInfo(ctx, &authtypes.QueryAccountInfoRequest{Address: address.String()}, grpc.Header(&header))
	if NotFound(err) {
		return account{}, fmt.Errorf("%w: %s; send coins or a fee grant to it", ErrNoAccount, address)
	}
	if err != nil {
		return account{}, fmt.Errorf("account %s: %w", address, err)
	}
	heights := header.Get(grpctypes.GRPCBlockHeightHeader)
	if r.Info == nil || len(heights) == 0 {
		return account{}, fmt.Errorf("%w: account %s without its data or height", ErrMalformed, address)
	}
	at, err := strconv.ParseInt(heights[0], 10, 64)
	if err != nil {
		return account{}, fmt.Errorf("%w: account %s at height %q", ErrMalformed, address, heights[0])
	}
	return account{number: r.Info.AccountNumber, sequence: r.Info.Sequence, height: at}, nil
}

// simulate asks the application directly: the transaction service would give the refusal as text, without its code.
func (n rpcNode) simulate(ctx context.Context, tx []byte) (uint64, error) {
	r, err := n.c.rpc.ABCIQueryWithOptions(ctx, "/app/simulate", tx, rpcclient.ABCIQueryOptions{})
	if err != nil {
		return 0, n.c.noNode(ctx, err)
	}
	if !r.Response.IsOK() {
		return 0, &Refusal{Codespace: r.Response.Codespace, Code: r.Response.Code, Log: r.Response.Log}
	}
	var result struct {
		GasInfo struct {
			GasUsed uint64 `json:"gas_used,string"`
		} `json:"gas_info"`
	}
	if err := json.Unmarshal(r.Response.Value, &result); err != nil || result.GasInfo.GasUsed == 0 {
		return 0, fmt.Errorf("%w: simulation used %d gas (%v)", ErrMalformed, result.GasInfo.GasUsed, err)
	}
	return result.GasInfo.GasUsed, nil
}

func (n rpcNode) broadcast(ctx context.Context, tx []byte) error {
	r, err := n.c.rpc.BroadcastTxSync(ctx, tx)
	switch {
	case err == nil && r.Code == 0:
		return nil
	case err == nil:
		return &Refusal{Codespace: r.Codespace, Code: r.Code, Log: r.Log}
	case nodeSays(err, mempool.ErrTxInCache.Error()):
		return nil
	case nodeSays(err, "tx too large"):
		return &Refusal{Codespace: sdkerrors.ErrTxTooLarge.Codespace(), Code: sdkerrors.ErrTxTooLarge.ABCICode(), Log: oneLine(err)}
	}
	return n.c.noNode(ctx, err)
}

// answered says whether the error is the node's own answer, rather than one of the way to it.
func answered(err error) bool {
	var answer *rpctypes.RPCError
	return errors.As(err, &answer)
}

// nodeSays says whether the error is the node's own answer, and holds the text. Only its text tells such answers apart.
func nodeSays(err error, text string) bool {
	var answer *rpctypes.RPCError
	return errors.As(err, &answer) && strings.Contains(strings.ToLower(answer.Error()), strings.ToLower(text))
}

func (n rpcNode) tx(ctx context.Context, hash []byte) (TxResult, error) {
	r, err := n.c.rpc.Tx(ctx, hash, false)
	if nodeSays(err, "not found") || nodeSays(err, "indexing is disabled") {
		return TxResult{}, errTxNotFound
	}
	if err != nil {
		return TxResult{}, n.c.noNode(ctx, err)
	}
	return newTxResult(hash, r.Height, &r.TxResult)
}

func (n rpcNode) scan(ctx context.Context, tx []byte, first, last int64) (TxResult, error) {
	hash := cmttypes.Tx(tx).Hash()
	failed, err := TxResult{}, errTxNotFound
	for h := first; h <= last; h++ {
		block, e := n.c.rpc.Block(ctx, &h)
		if e != nil {
			return TxResult{}, n.unavailable(ctx, h, e)
		}
		if block.Block == nil {
			return TxResult{}, n.c.noNode(ctx, fmt.Errorf("block %d is not there yet", h))
		}
		for i, other := range block.Block.Txs {
			if !bytes.Equal(other, tx) {
				continue
			}
			results, e := n.c.rpc.BlockResults(ctx, &h)
			if e != nil {
				return TxResult{}, n.unavailable(ctx, h, e)
			}
			if i >= len(results.TxsResults) {
				return TxResult{}, fmt.Errorf("%w: block %d has %d results, transaction %X is number %d", ErrMalformed, h, len(results.TxsResults), hash, i)
			}
			found, e := newTxResult(hash, h, results.TxsResults[i])
			if e != nil {
				return TxResult{}, e
			}
			if found.code == 0 {
				return found, nil
			}
			failed, err = found, nil
		}
	}
	return failed, err
}

// unavailable tells a block that the node threw away, which it will never have again, from one that it may yet give.
func (n rpcNode) unavailable(ctx context.Context, height int64, err error) error {
	if nodeSays(err, "is not available") || nodeSays(err, "not persisting") {
		return fmt.Errorf("%w: the node no longer has block %d (%s)", errPruned, height, oneLine(err))
	}
	return n.c.noNode(ctx, err)
}
