package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
)

// payment is what each payment of the traffic sends, in nagon.
const payment = 1_000_000

// traffic pays one account after another payment, each when the one before is in a block or has failed, as a user does who goes on whatever
// breaks. Its payments go to the node that answers.
type traffic struct {
	c     *cluster
	to    sdk.AccAddress
	stop  context.CancelFunc
	ended sync.WaitGroup

	calls, confirmed int // read after end
}

func (c *cluster) pay(ctx context.Context) *traffic {
	sum := sha256.Sum256([]byte("torture"))
	ctx, stop := context.WithCancel(ctx)
	t := &traffic{c: c, to: sum[:20], stop: stop}
	t.ended.Go(func() { t.run(ctx) }) // ends with stop, which end calls
	return t
}

func (t *traffic) run(ctx context.Context) {
	for node := 0; ctx.Err() == nil; {
		client, err := t.dial(ctx, node)
		if err != nil {
			node = (node + 1) % nodes
			_ = pause(ctx, 100*time.Millisecond)
			continue
		}
		for ctx.Err() == nil {
			err := t.one(ctx, client)
			if ctx.Err() != nil {
				break // the last one may be in a block or not; it is not counted
			}
			t.calls++
			if err != nil {
				t.c.o.log.Debug("payment failed", "node", node, "error", err)
				node = (node + 1) % nodes
				break
			}
			t.confirmed++
		}
		client.Close()
	}
}

func (t *traffic) dial(ctx context.Context, node int) (*chain.Client, error) {
	cfg := t.c.Client().Config()
	cfg.RPC, cfg.GRPC = t.c.Nodes()[node].RPC(), t.c.Nodes()[node].GRPC()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return chain.Dial(ctx, cfg)
}

// one pays once and waits for the block.
func (t *traffic) one(ctx context.Context, client *chain.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	from, err := t.c.Keys().Address(localnet.HolderKey)
	if err != nil {
		return err
	}
	queue, err := chain.NewTxQueue(client, t.c.Keys(), localnet.HolderKey, chain.TxOptions{})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { // ends with stop, awaited below
		defer close(ended)
		_ = queue.Run(running) // what it says, Submit says
	}()
	_, err = queue.Submit(ctx, &banktypes.MsgSend{FromAddress: from.String(), ToAddress: t.to.String(), Amount: sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, payment))})
	stop()
	<-ended
	return err
}

// end ends the traffic and reports it: every payment that was confirmed must have arrived.
func (t *traffic) end(ctx context.Context, row *Row) error {
	t.stop()
	t.ended.Wait()
	row.Calls, row.Failed = t.calls, t.calls-t.confirmed
	balance, err := t.c.Client().Balance(ctx, t.to.String())
	if err != nil {
		return err
	}
	have, want := balance.Amount.Uint64(), uint64(t.confirmed)*payment
	if have < want {
		row.Lost = want - have
		return fmt.Errorf("%d payments were confirmed, and %d nagon of them are not there", t.confirmed, row.Lost)
	}
	if most := uint64(t.calls+1) * payment; have > most {
		return fmt.Errorf("%d payments were made, and %d nagon arrived, more than all of them", t.calls, have)
	}
	if t.confirmed == 0 {
		return fmt.Errorf("none of %d payments was confirmed", t.calls)
	}
	return nil
}
