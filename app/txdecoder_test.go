package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
)

// What a peer sends need not have the parts that a client always writes. Each answer names the part, on the wire and in a file alike.
func TestTransactionsWithoutTheirParts(t *testing.T) {
	c := apptest.New(t, apptest.Single(), apptest.WithAccounts("from", "to"))
	from, to := apptest.NewAccount("from"), apptest.NewAccount("to")
	cdc := c.App.Encoding().Codec
	signed, err := c.App.Encoding().TxConfig.TxDecoder()(c.Sign(from, banktypes.NewMsgSend(from.Address, to.Address, sdk.NewCoins(params.Agon(1)))))
	require.NoError(t, err)
	whole := signed.(interface{ GetProtoTx() *tx.Tx }).GetProtoTx()

	for name, test := range map[string]struct {
		change func(*tx.Tx)
		says   string
	}{
		"no-fee":                   {func(t *tx.Tx) { t.AuthInfo.Fee = nil }, "auth_info.fee is missing"},
		"no-authentication":        {func(t *tx.Tx) { t.AuthInfo = nil }, "auth_info.fee is missing"},
		"payer-of-no-address":      {func(t *tx.Tx) { t.AuthInfo.Fee.Payer = "nobody" }, `auth_info.fee.payer "nobody"`},
		"granter-of-no-address":    {func(t *tx.Tx) { t.AuthInfo.Fee.Granter = "nobody" }, `auth_info.fee.granter "nobody"`},
		"granter-of-another-chain": {func(t *tx.Tx) { t.AuthInfo.Fee.Granter = "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh" }, "auth_info.fee.granter"},
	} {
		t.Run(name, func(t *testing.T) {
			var broken tx.Tx
			bz, err := cdc.Marshal(whole)
			require.NoError(t, err)
			require.NoError(t, cdc.Unmarshal(bz, &broken))
			test.change(&broken)

			wire, err := cdc.Marshal(&broken)
			require.NoError(t, err)
			res, err := c.App.CheckTx(&abci.RequestCheckTx{Tx: wire, Type: abci.CheckTxType_New})
			require.NoError(t, err)
			require.Equal(t, sdkerrors.ErrTxDecode.ABCICode(), res.Code, res.Log)
			require.Contains(t, res.Log, test.says)

			file, err := cdc.MarshalJSON(&broken)
			require.NoError(t, err)
			_, err = c.App.Encoding().TxConfig.TxJSONDecoder()(file)
			require.ErrorContains(t, err, test.says)
		})
	}
}
