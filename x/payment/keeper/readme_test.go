package keeper_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadmeInvariants(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, i := range setup(t, nil).Payment.Invariants() {
		require.Contains(t, string(text), "| `"+i.Name+"` |")
	}
}
