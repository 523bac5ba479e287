package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	msgv1 "cosmossdk.io/api/cosmos/msg/v1"

	"github.com/cosmos/gogoproto/proto"

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
		"agon.dispute.v1.MsgAccuse", "agon.dispute.v1.MsgCommitVote", "agon.dispute.v1.MsgRevealVote",
	}, signers["hotkey"])
	require.ElementsMatch(t, []string{
		"agon.subnet.v1.MsgUpdateParams", "agon.stake.v1.MsgUpdateParams", "agon.scoring.v1.MsgUpdateParams", "agon.emission.v1.MsgUpdateParams",
		"agon.crowdfund.v1.MsgUpdateParams", "agon.model.v1.MsgUpdateParams", "agon.dispute.v1.MsgUpdateParams",
	}, signers["authority"])
}
