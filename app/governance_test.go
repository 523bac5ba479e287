package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	govv1 "github.com/cosmos/cosmos-sdk/x/gov/types/v1"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
)

// TestGovernanceChangesParameters takes a change of a module's parameters through deposit, vote and execution.
func TestGovernanceChangesParameters(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("alice"))
	alice, validator := apptest.NewAccount("alice"), apptest.NewAccount(apptest.ValidatorName)
	want := emissiontypes.DefaultParams()
	want.CommunityBps++
	change := &emissiontypes.MsgUpdateParams{Authority: app.Authority(), Params: want}

	t.Run("nobody-else-can", func(t *testing.T) {
		stolen := *change
		stolen.Authority = alice.String()
		result := chain.Deliver(alice, &stolen)
		require.Equal(t, govtypes.ErrInvalidSigner.ABCICode(), result.Code, result.Log)
		require.Equal(t, govtypes.ErrInvalidSigner.Codespace(), result.Codespace)
	})

	t.Run("a-passed-proposal-does", func(t *testing.T) {
		proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{change}, sdk.NewCoins(params.Agon(100)),
			alice.String(), "", "Raise the community's part", "By one basis point.", false)
		require.NoError(t, err)
		chain.MustDeliver(alice, proposal)
		chain.MustDeliver(validator, govv1.NewMsgVote(validator.Address, 1, govv1.OptionYes, ""))
		chain.BlockAt(chain.Now().Add(5*24*time.Hour + time.Minute))
		got, err := chain.App.EmissionKeeper.Params(chain.Context())
		require.NoError(t, err)
		require.Equal(t, want, got)
	})

	t.Run("a-proposal-without-a-tenth-of-the-deposit-is-refused", func(t *testing.T) {
		proposal, err := govv1.NewMsgSubmitProposal([]sdk.Msg{change}, sdk.NewCoins(params.Agon(9)),
			alice.String(), "", "Cheap", "Too cheap.", false)
		require.NoError(t, err)
		require.Equal(t, govtypes.ErrMinDepositTooSmall.ABCICode(), chain.Deliver(alice, proposal).Code)
	})
}
