namespace Binlog.MySql;

/// <summary>Whether a connection is encrypted, and how far the server is trusted. The names are the server vendors'.</summary>
public enum MySqlTlsMode
{
    /// <summary>Never encrypted.</summary>
    Disabled,

    /// <summary>Encrypted when the server offers TLS, plaintext when it doesn't. The certificate is not checked.</summary>
    Preferred,

    /// <summary>Encrypted or refused. The certificate is not checked, so this doesn't protect from an active attacker.</summary>
    Required,

    /// <summary>Encrypted, and the certificate chains to the authority in the CA file (or to one that the system trusts).</summary>
    VerifyCa,

    /// <summary>As <see cref="VerifyCa"/>, and the certificate names the host that was connected to.</summary>
    VerifyFull,
}
