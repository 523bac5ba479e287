package params_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/params"
)

func TestAgonIsNineDecimals(t *testing.T) {
	require.Equal(t, "1000000000nagon", params.Agon(1).String())
	require.NoError(t, params.Metadata().Validate())
	price, err := sdk.ParseDecCoin(params.MinGasPrice)
	require.NoError(t, err)
	require.Equal(t, params.BaseDenom, price.Denom)
	require.True(t, price.IsPositive())
}

func TestConfigureSDKMayBeCalledTwice(t *testing.T) {
	params.ConfigureSDK()
	params.ConfigureSDK()
	require.Equal(t, "agonvaloper", sdk.GetConfig().GetBech32ValidatorAddrPrefix())
	require.Equal(t, params.BaseDenom, sdk.DefaultBondDenom)
}
