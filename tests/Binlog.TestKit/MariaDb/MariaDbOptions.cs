namespace Binlog.TestKit.MariaDb;

/// <summary>How a private MariaDB server is started.</summary>
public sealed record MariaDbOptions
{
    /// <summary>Further server arguments, such as <c>--character-set-server=latin1</c>. They come last, so they win.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>SQL that runs at every start before connections are accepted; one statement an entry, no line breaks.</summary>
    public IReadOnlyList<string> InitStatements { get; init; } = [];

    /// <summary>PEM file with the authority that client certificates are checked against.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>PEM file with the server's certificate. TLS is offered when this and the key are set.</summary>
    public string? TlsCertFile { get; init; }

    /// <summary>PEM file with the server's private key.</summary>
    public string? TlsKeyFile { get; init; }

    /// <summary>How long a start may take.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
