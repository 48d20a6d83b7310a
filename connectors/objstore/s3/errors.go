package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"millrace/connectors/objstore"
)

// errorOf returns what the server said, if it said something.
func errorOf(err error) (minio.ErrorResponse, bool) {
	var e minio.ErrorResponse
	ok := errors.As(err, &e)
	return e, ok
}

func code(err error) string {
	e, _ := errorOf(err)
	return e.Code
}

func isNotFound(err error) bool {
	e, ok := errorOf(err)
	// Servers on a file system say so of a key below another one.
	return ok && (e.Code == "NoSuchKey" || e.Code == "NotFound" || e.Code == "ObjectParentIsFile" || e.Code == "ExistingObjectIsDirectory" && e.StatusCode == http.StatusNotFound)
}

func isTaken(err error) bool {
	e, ok := errorOf(err)
	return ok && (e.StatusCode == http.StatusPreconditionFailed || e.Code == "PreconditionFailed")
}

// passing tells whether an error may go away by itself.
func passing(err error) bool {
	if err == nil {
		return false
	}
	if e, ok := errorOf(err); ok {
		switch e.Code {
		case "InternalError", "SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "RequestTimeout", "Throttling",
			"ThrottlingException", "RequestLimitExceeded", "RequestThrottled", "TooManyRequests", "OperationAborted", "ConditionalRequestConflict",
			"BadDigest", "IncompleteBody", "ExpiredToken", "ExpiredTokenException", "XAmzContentSHA256Mismatch":
			return true
		}
		switch e.StatusCode {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
			http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	switch {
	case errors.Is(err, errNoCredentials):
		return false
	case errors.Is(err, errRefresh):
		return true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errStandstill):
		return true
	}
	text := err.Error()
	if strings.Contains(text, "x509:") || strings.Contains(text, "server gave HTTP response to HTTPS client") {
		return false
	}
	var network net.Error
	var where *url.Error
	// What is left of the library's errors is about answers that are no XML: cut off, or from something in between.
	return errors.As(err, &network) || errors.As(err, &where) || strings.Contains(text, "XML") || strings.Contains(text, "connection")
}

// contact tells whether an error shows that the server was not even reached.
func contact(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	return errors.As(err, &dns) || errors.As(err, &op) && op.Op == "dial"
}

// explain makes the error of an operation: which object, where, and what is wrong.
func (s *Store) explain(what, key string, err error) error {
	name := fmt.Sprintf("%s %q in s3://%s", what, key, s.bucket)
	if key == "" {
		name = fmt.Sprintf("%s s3://%s", what, s.bucket)
	}
	e, said := errorOf(err)
	switch {
	case errors.Is(err, objstore.ErrNoBucket), e.Code == "NoSuchBucket":
		return fmt.Errorf("%s: %w at %s", name, objstore.ErrNoBucket, s.address)
	case isNotFound(err):
		return fmt.Errorf("%s: %w", name, objstore.ErrNotFound)
	case isTaken(err):
		return fmt.Errorf("%s: %w", name, objstore.ErrExists)
	case e.Code == "NoSuchUpload":
		return fmt.Errorf("%s: %w", name, objstore.ErrNoUpload)
	case errors.Is(err, errNoCredentials), errors.Is(err, errRefresh):
		return fmt.Errorf("%s at %s: %w: %w", name, s.address, objstore.ErrDenied, err)
	case said && (e.StatusCode == http.StatusForbidden || e.StatusCode == http.StatusUnauthorized || e.Code == "InvalidAccessKeyId" || e.Code == "SignatureDoesNotMatch" ||
		e.Code == "XAdminUserNotFound"):
		return fmt.Errorf("%s at %s: %w: %s: %s", name, s.address, objstore.ErrDenied, e.Code, strings.TrimSuffix(e.Message, "."))
	case said:
		return fmt.Errorf("%s at %s: %w (%s, status %d)", name, s.address, err, e.Code, e.StatusCode)
	case contact(err):
		return fmt.Errorf("%s: server %s: %w: %w", name, s.address, objstore.ErrUnreachable, bare(err))
	}
	return fmt.Errorf("%s at %s: %w", name, s.address, bare(err))
}

// bare drops the method and address that package http puts before an error: the address has a long query, and stands in the message already.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
