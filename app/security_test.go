package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	msgv1 "cosmossdk.io/api/cosmos/msg/v1"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"

	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/app/params"
)

// Keys are split: what a daemon's hotkey signs moves nobody's coins and no stake. A message that is added to the list must
// keep to that.
func TestWhatAHotkeySigns(t *testing.T) {
	params.ConfigureSDK()
	files, err := proto.MergedRegistry()
	require.NoError(t, err)
	signers := map[string][]string{}
	files.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "agon.") {
			return true
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			if service.Name() != "Msg" {
				continue
			}
			for j := range service.Methods().Len() {
				in := service.Methods().Get(j).Input()
				fields := protov2.GetExtension(in.Options(), msgv1.E_Signer).([]string)
				require.Len(t, fields, 1, in.FullName())
				signers[fields[0]] = append(signers[fields[0]], string(in.FullName()))
			}
		}
		return true
	})
	require.ElementsMatch(t, []string{
		"agon.subnet.v1.MsgServeAxon", "agon.subnet.v1.MsgCommitData",
		"agon.scoring.v1.MsgCommitWeights", "agon.scoring.v1.MsgRevealWeights", "agon.scoring.v1.MsgSetWeights",
		"agon.model.v1.MsgBindVersion", "agon.model.v1.MsgUnbindVersion", "agon.model.v1.MsgAnswerChallenge",
		"agon.payment.v1.MsgSetPrice",
		"agon.dispute.v1.MsgAccuse", "agon.dispute.v1.MsgCommitVote", "agon.dispute.v1.MsgRevealVote",
	}, signers["hotkey"])
	// Of a payee: what it claims goes to the owner of the hotkey, and what it gives back to the payer.
	require.ElementsMatch(t, []string{"agon.payment.v1.MsgClaim", "agon.payment.v1.MsgCloseChannel"}, signers["payee"])
	require.ElementsMatch(t, []string{
		"agon.subnet.v1.MsgUpdateParams", "agon.stake.v1.MsgUpdateParams", "agon.scoring.v1.MsgUpdateParams", "agon.emission.v1.MsgUpdateParams",
		"agon.crowdfund.v1.MsgUpdateParams", "agon.model.v1.MsgUpdateParams", "agon.payment.v1.MsgUpdateParams",
		"agon.dispute.v1.MsgUpdateParams",
	}, signers["authority"])
}

// TestNobodyGrantsOrNestsThroughAuthz: a right to act for somebody is not a right to pass his rights on, and what is executed is seen in
// the transaction.
func TestNobodyGrantsOrNestsThroughAuthz(t *testing.T) {
	chain := apptest.New(t, apptest.WithAccounts("owner", "friend"))
	owner, friend, stranger := apptest.NewAccount("owner"), apptest.NewAccount("friend"), apptest.NewAccount("stranger")
	until := chain.Now().Add(time.Hour)
	grant := func(from, to apptest.Account, msg sdk.Msg) sdk.Msg {
		m, err := authz.NewMsgGrant(from.Address, to.Address, authz.NewGenericAuthorization(sdk.MsgTypeURL(msg)), &until)
		require.NoError(t, err)
		return m
	}
	exec := func(msgs ...sdk.Msg) sdk.Msg {
		m := authz.NewMsgExec(friend.Address, msgs)
		return &m
	}
	for _, msg := range []sdk.Msg{&banktypes.MsgSend{}, &authz.MsgGrant{}, &authz.MsgExec{}} {
		chain.MustDeliver(owner, grant(owner, friend, msg))
	}
	chain.MustDeliver(friend, exec(send(owner, stranger, 1)))

	for name, msg := range map[string]sdk.Msg{
		"grant":            exec(grant(owner, stranger, &banktypes.MsgSend{})),
		"execution":        exec(exec(send(owner, stranger, 1))),
		"after-a-good-one": exec(send(owner, stranger, 1), exec(send(owner, stranger, 1))),
	} {
		t.Run(name, func(t *testing.T) {
			before := chain.App.BankKeeper.GetBalance(chain.Context(), stranger.Address, params.BaseDenom)
			res := chain.Deliver(friend, msg)
			require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), res.Code, res.Log)
			require.Contains(t, res.Log, "message of its own")
			require.Equal(t, before, chain.App.BankKeeper.GetBalance(chain.Context(), stranger.Address, params.BaseDenom))
		})
	}
}
