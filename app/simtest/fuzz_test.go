package simtest

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/internal/chance"
)

// ownMessages are the type URLs of all messages of our modules, in order.
func ownMessages(a *app.App) []string {
	names := slices.DeleteFunc(a.Encoding().InterfaceRegistry.ListImplementations(sdk.MsgInterfaceProtoName), func(name string) bool { return !strings.HasPrefix(name, "/agon.") })
	slices.Sort(names)
	return names
}

// lived is a chain on which something has happened, and valid and hostile messages of every kind that its state suggests.
func lived(f *testing.F) (*player, []sdk.Msg) {
	f.Helper()
	p := run(f, 1, 400, map[string]count{}, nil)
	d := chance.New(2)
	var out []sdk.Msg
	for _, m := range messages(p.app) {
		for made, tries := 0, 0; made < 3 && tries < 50; tries++ {
			if msg := m.Make(&chance.World{Dice: d, Ctx: p.ctx, Actors: actors(), Authority: app.Authority()}); msg != nil {
				out = append(out, msg)
				made++
			}
		}
	}
	return p, out
}

// FuzzMessage reads any bytes as each of our messages and runs what can be read, on a chain that is under way and whose state is put back afterwards. A message is
// judged and run without a panic, refused with a code that a module registered, and read again from what it is written as.
func FuzzMessage(f *testing.F) {
	p, seeds := lived(f)
	names := ownMessages(p.app)
	require.Greater(f, len(names), 20)
	seen := map[string]bool{}
	for _, msg := range seeds {
		raw, err := proto.Marshal(msg)
		require.NoError(f, err)
		name := sdk.MsgTypeURL(msg)
		seen[name] = true
		f.Add(uint8(slices.Index(names, name)), raw)
	}
	for i := range names {
		f.Add(uint8(i), []byte{})
	}
	require.Greater(f, len(seen), len(names)/2, "hardly any message has an example to begin with")
	require.Less(f, len(names), 256)
	cdc := p.app.Encoding().Codec
	f.Fuzz(func(t *testing.T, kind uint8, raw []byte) {
		name := names[int(kind)%len(names)]
		var msg sdk.Msg
		if p.app.Encoding().InterfaceRegistry.UnpackAny(&codectypes.Any{TypeUrl: name, Value: raw}, &msg) != nil {
			return
		}
		out, err := proto.Marshal(msg)
		require.NoError(t, err)
		var again sdk.Msg
		require.NoError(t, p.app.Encoding().InterfaceRegistry.UnpackAny(&codectypes.Any{TypeUrl: name, Value: out}, &again))
		second, err := proto.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, out, second, "%s has two spellings of one content", name)
		require.NoError(t, noPanic(func() {
			_, _, _ = cdc.GetMsgV1Signers(msg)
			if v, ok := msg.(sdk.HasValidateBasic); ok {
				_ = v.ValidateBasic()
			}
			_, _ = cdc.MarshalJSON(msg) // which nodes print transactions with
		}))
		branch, _ := p.ctx.CacheContext()
		if _, err := p.deliver(branch, msg); err != nil {
			require.NoError(t, checkError(err), "%s %s", name, msg)
		}
	})
}

func noPanic(do func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errPanic{r, debug.Stack()}
		}
	}()
	do()
	return nil
}

// FuzzTx hands any bytes to the check that a node makes of what its peers send. It never panics, and takes nothing that is not signed, nor a transaction in two spellings.
func FuzzTx(f *testing.F) {
	_, seeds := lived(f)
	c := apptest.New(f, apptest.Single(), apptest.WithAccounts(actorNames()...))
	config := c.App.Encoding().TxConfig
	for i, msg := range seeds {
		b := config.NewTxBuilder()
		require.NoError(f, b.SetMsgs(msg))
		b.SetGasLimit(uint64(i) * 10_000)
		b.SetMemo(strings.Repeat("m", i))
		raw, err := config.TxEncoder()(b.GetTx())
		require.NoError(f, err)
		f.Add(raw)
	}
	from, to := apptest.NewAccount(actorNames()[0]), apptest.NewAccount(actorNames()[1])
	signed := c.Sign(from, banktypes.NewMsgSend(from.Address, to.Address, sdk.NewCoins(params.Agon(1))))
	f.Add(signed)
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := config.TxDecoder()(raw)
		if err == nil {
			out, err := config.TxEncoder()(tx)
			require.NoError(t, err)
			require.Equal(t, raw, out, "a transaction with another spelling")
			require.NoError(t, noPanic(func() {
				if v, ok := tx.(sdk.HasValidateBasic); ok {
					_ = v.ValidateBasic()
				}
				_, _ = config.TxJSONEncoder()(tx)
				_ = fmt.Sprint(tx.GetMsgs())
			}))
		}
		res, err := c.App.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New})
		require.NoError(t, err)
		require.NotEqual(t, errorsmod.ErrPanic.ABCICode(), res.Code, res.Log)
		if res.Code == 0 {
			require.True(t, bytes.Equal(raw, signed), "only what was signed is taken")
		}
	})
}
