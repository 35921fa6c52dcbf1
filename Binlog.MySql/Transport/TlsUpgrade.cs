using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.MySql.Errors;

namespace Binlog.MySql.Transport;

/// <summary>Turns a plain channel into a TLS one, with PEM files as MySQL's own clients take them.</summary>
/// <remarks>Certificate revocation isn't looked up: database servers' certificates come from private authorities that publish
/// no lists, and a look-up would need the network.</remarks>
internal static class TlsUpgrade
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public static async Task RunAsync(ServerChannel channel, MySqlConnectionOptions options, CancellationToken cancellationToken)
    {
        string? refusal = null;
        using var files = TlsFiles.Load(options);
        var tls = new SslStream(channel.Stream, leaveInnerStreamOpen: false);
        channel.Replace(tls);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = options.Host,
                    ClientCertificateContext = files.ClientCertificate,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        (refusal = Refuse(options, files.Authorities, certificate as X509Certificate2, chain, errors)) is null,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (ServerChannel.IsStreamFailure(e))
        {
            throw channel.Failure ?? new MySqlException(MySqlErrorCode.TlsFailed, MySqlException.GeneralState,
                refusal is null
                    ? $"TLS with {channel.Address} failed: {(e is AuthenticationException && e.InnerException is { } inner ? inner.Message : e.Message)}"
                    : $"The certificate of {channel.Address} is refused: {refusal}",
                e);
        }
    }

    /// <summary>Why the certificate isn't accepted, or null when it is.</summary>
    private static string? Refuse(
        MySqlConnectionOptions options, X509Certificate2Collection? authorities, X509Certificate2? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (options.Tls < MySqlTlsMode.VerifyCa)
        {
            return null;
        }

        if (certificate is null)
        {
            return "the server sent none.";
        }

        if (options.Tls == MySqlTlsMode.VerifyFull && errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"it isn't for the host name {options.Host} (it is for {certificate.Subject}). Connect by a name in the certificate, or set Tls to VerifyCa.";
        }

        if (authorities is null)
        {
            return errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? $"{Describe(sent)} Name the server's authority in CaFile."
                : null;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        return chain.Build(certificate) ? null : $"{Describe(chain)} The authorities are those in {options.CaFile}.";
    }

    private static string Describe(X509Chain? chain) => chain is null
        ? "it has no chain."
        : string.Join(" ", chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
}
