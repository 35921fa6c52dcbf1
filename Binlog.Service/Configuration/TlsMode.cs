namespace Binlog.Service.Configuration;

/// <summary>How a connection to the target is protected; the words are those of MySQL's <c>--ssl-mode</c>.</summary>
internal enum TlsMode
{
    /// <summary>TLS when the server offers it, else plain text; the certificate isn't checked.</summary>
    Preferred,

    /// <summary>Never TLS.</summary>
    Disabled,

    /// <summary>TLS or no connection; the certificate isn't checked.</summary>
    Required,

    /// <summary>TLS with a certificate of a trusted authority.</summary>
    VerifyCa,

    /// <summary>As <see cref="VerifyCa"/>, and the certificate must name the host.</summary>
    VerifyFull,
}
