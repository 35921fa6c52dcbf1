using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Binlog.Grpc.Client;

/// <summary>
/// Applies PEM files to the TLS of a handler. The handler's options are fixed once it connects, its callbacks are not:
/// they use what was read last.
/// </summary>
internal sealed class ChannelTls(GrpcTls files)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private volatile Snapshot? _snapshot;

    public SslClientAuthenticationOptions CreateOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (files.CaFile is not null)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Validate(certificate, chain, errors);
        }

        if (files.CertFile is not null)
        {
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => _snapshot!.Certificate!;
        }

        return options;
    }

    /// <summary>Reads the files. Called before each new connection.</summary>
    /// <exception cref="AuthenticationException">A file can't be read; the text names it.</exception>
    public void Reload()
    {
        var authorities = new X509Certificate2Collection();
        if (files.CaFile is not null)
        {
            Read(files.CaFile, () => authorities.ImportFromPemFile(files.CaFile));
            if (authorities.Count == 0)
            {
                throw new AuthenticationException($"The file of TLS authorities '{files.CaFile}' holds no PEM certificate.");
            }
        }

        if ((files.CertFile is null) != (files.KeyFile is null))
        {
            throw new AuthenticationException("A TLS client certificate needs both a certificate file and a key file.");
        }

        X509Certificate2? certificate = null;
        if (files.CertFile is not null)
        {
            Read(files.CertFile, () => certificate = X509Certificate2.CreateFromPemFile(files.CertFile, files.KeyFile));
            if (OperatingSystem.IsWindows())
            {
                // SChannel doesn't take keys that live in memory only.
                using var ephemeral = certificate;
                certificate = X509CertificateLoader.LoadPkcs12(ephemeral!.Export(X509ContentType.Pkcs12), null);
            }
        }

        _snapshot = new Snapshot(authorities, certificate);
    }

    private static void Read(string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthenticationException($"The TLS file '{file}' (or the key that belongs to it) can't be read: {e.Message}", e);
        }
    }

    private bool Validate(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            throw new AuthenticationException("The server presented no TLS certificate.");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException($"The server's TLS certificate {CertificateText.Describe(leaf)} is not valid for the name {files.ServerName ?? "of the address"}. Set the expected server name if that is intended.");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_snapshot!.Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (presented is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        if (chain.Build(leaf))
        {
            return true;
        }

        var reasons = string.Join("; ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()).Distinct());
        throw new AuthenticationException($"The server's TLS certificate {CertificateText.Describe(leaf)} is not trusted by the authorities in '{files.CaFile}': {reasons}.");
    }

    private sealed record Snapshot(X509Certificate2Collection Authorities, X509Certificate2? Certificate);
}
