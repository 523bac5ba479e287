package types_test

import (
	"net/url"
	"testing"

	"github.com/grpc-ecosystem/grpc-gateway/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/utilities"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/types"
)

// Over HTTP, too, mechanism 0 is another question than that for all mechanisms.
func TestMechanismInURL(t *testing.T) {
	for query, want := range map[string]*uint32{"": nil, "mechanism=0": new(uint32)} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		var req types.QueryMetagraphRequest
		require.NoError(t, runtime.PopulateQueryParameters(&req, values, utilities.NewDoubleArray(nil)))
		require.Equal(t, want, req.Mechanism, query)
	}
}
