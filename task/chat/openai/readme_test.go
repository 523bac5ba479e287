package openai_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/backend"
)

func TestReadmeNamesEveryOption(t *testing.T) {
	raw, err := os.ReadFile("../../../miner/README.md")
	require.NoError(t, err)
	for prefix, of := range map[string]any{"": openai.Options{}, "backends[].": backend.Config{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name == "backends" {
				continue
			}
			require.Contains(t, string(raw), "| `"+prefix+name+"` |")
		}
	}
}
