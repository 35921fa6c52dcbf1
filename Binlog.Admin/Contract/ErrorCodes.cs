namespace Binlog.Admin.Contract;

/// <summary>What a refusal of the admin API is.</summary>
public static class ErrorCodes
{
    /// <summary>400: a body, parameter or field can't be read or isn't allowed.</summary>
    public const string BadRequest = "bad-request";

    /// <summary>401: no token, or a wrong one.</summary>
    public const string Unauthenticated = "unauthenticated";

    /// <summary>403: the role <c>read</c> doesn't allow this.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>404: there is no such node, transaction or path.</summary>
    public const string NotFound = "not-found";

    /// <summary>405: the path answers another method.</summary>
    public const string MethodNotAllowed = "method-not-allowed";

    /// <summary>409: the state of the node, transaction or schema change doesn't allow this.</summary>
    public const string WrongState = "wrong-state";

    /// <summary>413: the body is too large.</summary>
    public const string TooLarge = "too-large";

    /// <summary>429: too many wrong tokens from this address.</summary>
    public const string TooManyTries = "too-many-tries";

    /// <summary>500: a fault of the host.</summary>
    public const string Internal = "internal";

    /// <summary>502: the host that answers can't reach the node.</summary>
    public const string NodeUnreachable = "node-unreachable";

    /// <summary>503: the node is starting, waits as a standby, or the cluster's registry is away.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>Not of a host: nothing answers at the address, or not as a host does. Only in <see cref="AdminException"/>.</summary>
    public const string HostUnreachable = "host-unreachable";
}
