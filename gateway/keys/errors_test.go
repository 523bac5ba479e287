package keys_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/keys"
)

func TestRefusalsAreToldInOpenAIsShape(t *testing.T) {
	r := &keys.Refusal{Status: 402, Code: keys.CodeBudget, Message: "spent"}
	require.ErrorIs(t, fmt.Errorf("call: %w", r), &keys.Refusal{Code: keys.CodeBudget})
	require.False(t, errors.Is(r, &keys.Refusal{Code: keys.CodeCredits}))
	w := httptest.NewRecorder()
	r.API().Write(w)
	require.Equal(t, 402, w.Code)
	require.JSONEq(t, `{"error":{"message":"spent","type":"insufficient_quota","param":null,"code":"budget_exceeded"}}`, w.Body.String())
}
