namespace Binlog.MySql;

/// <summary>Where to connect to, as whom, and how long to wait. Checked when a connection is opened.</summary>
public sealed record MySqlConnectionOptions
{
    /// <summary>Host name or address. With <see cref="UnixSocket"/> set it only serves in messages.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; init; } = 3306;

    /// <summary>Path of the server's Unix socket; null connects by TCP. TLS is not used over a Unix socket.</summary>
    public string? UnixSocket { get; init; }

    public required string User { get; init; }

    public string Password { get; init; } = "";

    /// <summary>Database to select; null selects none.</summary>
    public string? Database { get; init; }

    public MySqlTlsMode Tls { get; init; } = MySqlTlsMode.Preferred;

    /// <summary>PEM file with the authorities that may have signed the server's certificate. Only with
    /// <see cref="MySqlTlsMode.VerifyCa"/> or <see cref="MySqlTlsMode.VerifyFull"/>: other modes wouldn't look at it.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the client's certificate, followed by intermediate ones if any.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file with the client's private key, not encrypted.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Limit for everything from the first packet sent to the session being ready.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the server may stay silent (no byte received, none accepted) while a command runs. After that the
    /// connection is broken, because nobody knows what the server did; the error is transient.
    /// <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a cancelled command may take to end after KILL QUERY before the connection is given up.</summary>
    public TimeSpan CancelTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection that ran no command for this long closes itself; null never does.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Largest row (or other packet) accepted from the server, in bytes, up to 1 GiB. Memory grows as data arrives.</summary>
    public int MaxResultRowBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Most result bytes read only to be thrown away, when rows are not wanted, before the connection is given up.</summary>
    public long MaxDiscardedBytes { get; init; } = 256 * 1024 * 1024;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Allows the plugin <c>mysql_clear_password</c>, which shows the server the password. Even then only over TLS or a
    /// Unix socket.</summary>
    public bool AllowCleartextPassword { get; init; }

    /// <summary>Allows asking the server for its RSA public key when <c>caching_sha2_password</c> or <c>sha256_password</c> needs
    /// it without TLS. An active attacker could answer with a key of his own: set <see cref="ServerPublicKeyFile"/> or use TLS
    /// where that matters.</summary>
    public bool AllowPublicKeyRetrieval { get; init; } = true;

    /// <summary>PEM file with the server's RSA public key, used instead of asking for it.</summary>
    public string? ServerPublicKeyFile { get; init; }

    /// <summary>Connection attributes, which the server shows in performance_schema.session_connect_attrs.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Checks every value and reports all problems at once.</summary>
    internal void Validate()
    {
        var problems = new List<string>();
        Check(Host.Length > 0 || UnixSocket is not null, "Host is empty; name the server");
        Check(Port is >= 1 and <= 65535, $"Port is {Port}; expected 1 to 65535");
        Check(UnixSocket is null || Tls <= MySqlTlsMode.Preferred, $"Tls is {Tls} but TLS is not used over a Unix socket; set it to Disabled");
        Check(!HasNul(User) && !HasNul(Password) && !HasNul(Database), "User, Password and Database can't contain a NUL character");
        Check(CaFile is null || Tls >= MySqlTlsMode.VerifyCa, $"CaFile is set but Tls={Tls} doesn't check the server's certificate; set it to VerifyCa or VerifyFull");
        Check((CertFile is null) == (KeyFile is null), "CertFile and KeyFile go together; set both or none");
        Check(CertFile is null || Tls != MySqlTlsMode.Disabled, "CertFile is set but Tls is Disabled");
        Check(ConnectTimeout > TimeSpan.Zero, $"ConnectTimeout is {ConnectTimeout}; expected more than zero");
        Check(CommandTimeout > TimeSpan.Zero || CommandTimeout == Timeout.InfiniteTimeSpan, $"CommandTimeout is {CommandTimeout}; expected more than zero, or infinite");
        Check(CancelTimeout > TimeSpan.Zero, $"CancelTimeout is {CancelTimeout}; expected more than zero");
        Check(IdleTimeout is null || IdleTimeout > TimeSpan.Zero, $"IdleTimeout is {IdleTimeout}; expected more than zero, or null");
        Check(MaxResultRowBytes is >= 1024 and <= 1 << 30, $"MaxResultRowBytes is {MaxResultRowBytes}; expected 1024 to 1073741824");
        Check(MaxDiscardedBytes >= 1024, $"MaxDiscardedBytes is {MaxDiscardedBytes}; expected 1024 or more");
        if (problems.Count > 0)
        {
            throw new ArgumentException($"The MySQL connection options are not usable: {string.Join("; ", problems)}.");
        }

        void Check(bool condition, string problem)
        {
            if (!condition)
            {
                problems.Add(problem);
            }
        }
    }

    private static bool HasNul(string? text) => text is not null && text.Contains('\0', StringComparison.Ordinal);

    /// <summary>Says where to, without the password: this text gets into logs.</summary>
    public override string ToString() => $"{User}@{UnixSocket ?? $"{Host}:{Port}"}";
}
