package validator_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/validator"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// payer remembers what it was asked to send.
type payer struct {
	address sdk.AccAddress
	sent    []sdk.Msg
	err     error
}

func (p *payer) Address() sdk.AccAddress { return p.address }

func (p *payer) Submit(_ context.Context, msgs ...sdk.Msg) (chain.TxResult, error) {
	p.sent = append(p.sent, msgs...)
	response, err := codectypes.NewAnyWithValue(&subnettypes.MsgRegisterResponse{Uid: 4, Price: 9})
	if err != nil {
		return chain.TxResult{}, err
	}
	return chain.TxResult{Responses: []*codectypes.Any{response}}, p.err
}

func TestRegistration(t *testing.T) {
	params.ConfigureSDK()
	owner, stranger := address("owner"), address("stranger")
	for _, tc := range []struct {
		name       string
		registered sdk.AccAddress // owner of the hotkey's neuron, nil for none
		granted    bool
		register   bool
		noOwner    bool
		limit      int64
		refusal    error
		sends      []string
		granter    sdk.AccAddress
		fails      error
	}{
		{name: "all-done", registered: owner, granted: true, limit: 5, granter: owner},
		{name: "grants-what-lacks", registered: owner, limit: 5, sends: []string{"grant"}, granter: owner},
		{name: "registers-and-grants", register: true, limit: 5, sends: []string{"register", "grant"}, granter: owner},
		{name: "registers-only-if-asked", limit: 5, fails: validator.ErrNotRegistered},
		{name: "no-owner-key", register: true, noOwner: true, limit: 5, fails: validator.ErrNotRegistered},
		{name: "no-owner-key-but-done", registered: stranger, granted: true, noOwner: true, limit: 5, granter: stranger},
		{name: "owned-by-another", registered: stranger, limit: 5},
		{name: "nothing-to-grant", registered: owner, limit: 0},
		{name: "poor", register: true, limit: 5, refusal: fmt.Errorf("%w: 3 of 9", chain.ErrInsufficientFunds), sends: []string{"register"}, fails: validator.ErrInsufficientFunds},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &payer{address: owner, err: tc.refusal}
			r := validator.Registration{
				Self: validator.Self{ChainID: testChain, Netuid: testNetuid, Hotkey: address("judge")}, Log: slog.New(slog.DiscardHandler),
				FeeLimit: sdk.NewInt64Coin(params.BaseDenom, tc.limit), Owner: p,
				Neuron: func(context.Context) (chain.Neuron, bool, error) {
					return chain.Neuron{Owner: tc.registered.String()}, tc.registered != nil, nil
				},
				Granted: func(context.Context, sdk.AccAddress) (bool, error) { return tc.granted, nil },
			}
			if tc.noOwner {
				r.Owner = nil
			}
			granter, err := r.Ensure(context.Background(), tc.register)
			require.ErrorIs(t, err, tc.fails)
			var sends []string
			for _, m := range p.sent {
				switch m := m.(type) {
				case *subnettypes.MsgRegister:
					sends = append(sends, "register")
					require.EqualValues(t, testNetuid, m.Netuid)
				case *feegrant.MsgGrantAllowance:
					sends = append(sends, "grant")
					require.Equal(t, address("judge").String(), m.Grantee)
				}
			}
			require.Equal(t, tc.sends, sends)
			require.Equal(t, tc.granter, granter)
		})
	}
}
