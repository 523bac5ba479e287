package wire_test

import (
	"testing"

	"github.com/agon-chain/agon/wire"
	"github.com/stretchr/testify/require"
)

func TestExaminerTagBindsEverything(t *testing.T) {
	nonce := wire.NewExaminerNonce(7, 2)
	require.Equal(t, uint16(7), nonce.UID())
	require.Equal(t, uint16(2), nonce.Slot())
	q := wire.BodyHash([]byte("question"))
	base := wire.ExaminerTag([]byte("hotkey"), 3, 1, 9, q, nonce)
	require.Equal(t, base, wire.ExaminerTag([]byte("hotkey"), 3, 1, 9, q, nonce))
	for name, other := range map[string]wire.Tag{
		"hotkey":    wire.ExaminerTag([]byte("hotkez"), 3, 1, 9, q, nonce),
		"netuid":    wire.ExaminerTag([]byte("hotkey"), 4, 1, 9, q, nonce),
		"mechanism": wire.ExaminerTag([]byte("hotkey"), 3, 0, 9, q, nonce),
		"epoch":     wire.ExaminerTag([]byte("hotkey"), 3, 1, 10, q, nonce),
		"question":  wire.ExaminerTag([]byte("hotkey"), 3, 1, 9, wire.BodyHash(nil), nonce),
		"nonce":     wire.ExaminerTag([]byte("hotkey"), 3, 1, 9, q, wire.NewExaminerNonce(7, 2)),
	} {
		require.NotEqual(t, base, other, name)
	}
}

func TestRandomTagsDiffer(t *testing.T) {
	require.NotEqual(t, wire.RandomTag(), wire.RandomTag())
	tag := wire.RandomTag()
	got, err := wire.ParseTag(tag.String())
	require.NoError(t, err)
	require.Equal(t, tag, got)
}
