package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
)

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func voucherKey() wire.VoucherKey {
	k, err := wire.VoucherKeyFromSeed(seed(3))
	if err != nil {
		panic(err) // of 32 bytes
	}
	return k
}

// ledgerChain is a chain of one account and its channels, as far as a payer asks.
type ledgerChain struct {
	owner sdk.AccAddress
	url   string
	to    string
	key   wire.ServicePublic

	mu       sync.Mutex
	channels []paymenttypes.Channel
}

func (c *ledgerChain) Read(context.Context) (*directory.View, error) {
	return &directory.View{
		Height: 1, Subnets: []*directory.Subnet{{Netuid: netuid, Task: "chat", Route: "/v1/chat/completions", Replayed: true}},
		Miners: []*directory.Miner{{Netuid: netuid, UID: 1, Hotkey: c.to, URL: c.url, ServiceKey: c.key, Price: price}},
	}, nil
}
func (c *ledgerChain) Height(context.Context) (int64, error)           { return 100, nil }
func (c *ledgerChain) Balance(context.Context, string) (uint64, error) { return math.MaxInt64, nil }
func (c *ledgerChain) Price(context.Context, payer.Payee) (wire.Price, error) {
	return price, nil
}

func (c *ledgerChain) Channels(context.Context, string, payer.Payee) ([]paymenttypes.Channel, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]paymenttypes.Channel(nil), c.channels...), nil
}
func (c *ledgerChain) Address() sdk.AccAddress { return c.owner }

func (c *ledgerChain) Submit(_ context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := chain.TxResult{Hash: "AB", Height: 100}
	for _, m := range msgs {
		var r proto.Message
		switch m := m.(type) {
		case *paymenttypes.MsgDeposit:
			r = &paymenttypes.MsgDepositResponse{Balance: m.Amount}
		case *paymenttypes.MsgOpenChannel:
			ch := paymenttypes.Channel{
				Id: uint64(len(c.channels) + 1), Owner: m.Owner, Netuid: m.Netuid, Payee: m.Payee, VoucherKey: m.VoucherKey, Deposit: m.Deposit, OpenedAt: 100,
				State: paymenttypes.ChannelState_CHANNEL_STATE_OPEN, ExpiresAt: 100 + int64(m.Blocks),
			}
			c.channels = append(c.channels, ch)
			r = &paymenttypes.MsgOpenChannelResponse{Id: ch.Id, ExpiresAt: ch.ExpiresAt}
		case *paymenttypes.MsgTopUp:
			ch := &c.channels[m.Channel-1]
			ch.Deposit += m.Amount
			r = &paymenttypes.MsgTopUpResponse{Deposit: ch.Deposit, ExpiresAt: ch.ExpiresAt}
		default:
			return chain.TxResult{}, fmt.Errorf("unexpected message %T", m)
		}
		packed, err := codectypes.NewAnyWithValue(r)
		if err != nil {
			return chain.TxResult{}, err
		}
		out.Responses = append(out.Responses, packed)
	}
	return out, nil
}

// purse is a payer with its ledger.
type purse struct {
	*payer.Payer
	ledger *payer.Ledger
}

func (p purse) Close() error { return errors.Join(p.Payer.Close(), p.ledger.Close()) }

// subject runs agon-gateway in front of a backend until it is told to end.
func subject(l net.Listener, home, backendURL, hotkey string, service wire.ServicePublic, paid bool) error {
	account, sign, err := wire.LocalAccount(seed(1))
	if err != nil {
		return err
	}
	c := &ledgerChain{owner: account.AddressBytes(), url: backendURL, to: hotkey, key: service}
	cfg := gateway.Default()
	cfg.Home, cfg.ChainID, cfg.AllowPrivate, cfg.OpenAccess, cfg.AdminListen = home, chainID, true, true, ""
	cfg.Deposit, cfg.ChannelBudget, cfg.MaxCallCost = 1_000_000_000_000, 1_000_000_000_000_000, 1_000_000
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := gateway.Options{Config: cfg, Source: c, Account: account, Sign: sign, Log: log, Listener: l}
	if paid {
		o.Payments = func(w *wire.Client) (gateway.Payments, error) {
			ledger, err := payer.OpenLedger(filepath.Join(home, "channels.db"), chainID)
			if err != nil {
				return nil, err
			}
			p, err := payer.New(payer.Config{
				ChainID: chainID, Owner: c.owner.String(), Tx: c, Chain: c, Wire: w, Ledger: ledger, Key: voucherKey(), Deposit: cfg.Deposit, Budget: cfg.ChannelBudget,
				MaxCall: cfg.MaxCallCost, Log: log,
			})
			return purse{p, ledger}, err
		}
	}
	gateway.RelaxCollector() // as agon-gateway run does
	g, err := gateway.New(o)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println("LISTEN", l.Addr())
	return g.Run(ctx)
}
