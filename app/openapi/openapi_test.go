package openapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/openapi"
)

func TestHandler(t *testing.T) {
	handler := openapi.Handler()
	get := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
		return w
	}
	for _, path := range openapi.Paths() {
		t.Run(strings.TrimPrefix(path, "/"), func(t *testing.T) {
			require.Equal(t, http.StatusOK, get(http.MethodGet, path).Code)
			require.Equal(t, http.StatusMethodNotAllowed, get(http.MethodPost, path).Code)
		})
	}
	t.Run("anything-else-is-not-found", func(t *testing.T) {
		require.Equal(t, http.StatusNotFound, get(http.MethodGet, "/openapi.yaml").Code)
	})
}

func TestDocumentDescribesEveryModule(t *testing.T) {
	var document struct {
		Swagger string                     `json:"swagger"`
		Paths   map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(openapi.Document(), &document))
	require.Equal(t, "2.0", document.Swagger)
	for _, path := range []string{
		"/agon/subnet/v1/subnets", "/agon/stake/v1/pools", "/agon/emission/v1/overview", "/agon/scoring/v1/params",
	} {
		require.Contains(t, document.Paths, path)
	}
}
